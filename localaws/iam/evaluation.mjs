// Decides requests as IAM would. Each line of standard input is a request, each line of standard output a decision.
// localaws/iam/evaluation.py writes and reads the lines, which are JSON.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

// The library ignores the condition keys kms:EncryptionContext:... as unknown. It compares them if they are named as keys of
// tags, in requests and policies alike.
const readable = (line) => line.replaceAll(/kms:EncryptionContext:/gi, 'aws:RequestTag/kms:EncryptionContext:')

function decision(answer) {
  if (answer.resultType === 'error') return { error: answer.errors }
  const results = answer.resultType === 'single' ? [answer.result] : answer.results
  const named = (policy, statements) =>
    results.flatMap(({ analysis }) => analysis[policy]?.[statements] ?? []).map(({ explain }) => explain.identifier)
  const of = (policy) => ({ allow: named(policy, 'allowStatements'), deny: named(policy, 'denyStatements') })
  return {
    result: answer.overallResult,
    bounded: results.some(({ analysis }) => analysis.blockedBy?.includes('pb')),
    ignored: results.flatMap(({ ignoredContextKeys }) => ignoredContextKeys ?? []),
    identity: of('identityAnalysis'),
    boundary: of('permissionBoundaryAnalysis'),
    resource: of('resourceAnalysis'),
    named: results.some(({ analysis }) => analysis.resourceAnalysis?.result === 'Allowed')
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { principal, action, resource, account, context, identity, boundary, policy } = JSON.parse(readable(line))
  const answer = await runSimulation(
    {
      request: { principal, action, resource: { resource, accountId: account }, contextVariables: context },
      identityPolicies: identity,
      ...(boundary && { permissionBoundaryPolicies: [{ name: 'boundary', policy: boundary }] }),
      ...(policy && { resourcePolicy: policy }),
      serviceControlPolicies: [],
      resourceControlPolicies: []
    },
    {}
  ).catch((error) => ({ resultType: 'error', errors: String(error) }))
  process.stdout.write(`${JSON.stringify(decision(answer))}\n`)
}
