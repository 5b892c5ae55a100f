// Decides requests as IAM would. Each line of standard input is a request, each line of standard output a decision.
// localaws/iam/evaluation.py writes and reads the lines, which are JSON.
import { createInterface } from 'node:readline'
import { runSimulation } from '@cloud-copilot/iam-simulate'

// The library ignores the condition keys kms:EncryptionContext:... as unknown, and the claims aud and sub of an OIDC provider,
// such as token.actions.githubusercontent.com:sub. It compares them if they are named as keys of tags, in requests and
// policies alike.
const readable = (line) =>
  line
    .replaceAll(/kms:EncryptionContext:/gi, 'aws:RequestTag/kms:EncryptionContext:')
    .replaceAll(/"([\w-]+(?:\.[\w-]+)+(?:\/[\w./-]+)?:(?:aud|sub))"/gi, '"aws:RequestTag/$1"')

// The library knows only one resource type of these actions, because AWS's reference has an action of this name for each
// generation of load balancers: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
const taggedAsLoadBalancers = (line) =>
  /"action": "elasticloadbalancing:(?:Add|Remove)Tags"/.test(line)
    ? line.replaceAll(/(:elasticloadbalancing:[^:"]*:[^:"]*:)(?=targetgroup\/|listener\/|listener-rule\/)/g, '$1loadbalancer/')
    : line

// The library knows no document of AWS itself, because the ARN of such a document has no account.
const ownedByAws = (line) => line.replaceAll(/(:ssm:[^:"]*:)(?=:document\/)/g, '$1aws')

// AWS has not generated the id of a new resource yet, and compares the `*` in place of the id like any other text. The library
// would try every id that a policy names.
const literal = (resource) => (resource === '*' ? resource : resource.replaceAll('*', '\u2217'))

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
  const { principal, action, resource, account, context, identity, boundary, policy } = JSON.parse(
    ownedByAws(taggedAsLoadBalancers(readable(line)))
  )
  const answer = await runSimulation(
    {
      request: { principal, action, resource: { resource: literal(resource), accountId: account }, contextVariables: context },
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
