// Evaluates the JSONata expressions in the template of a state, as Step Functions does.
//
// Each line of standard input is {"template": ..., "variables": {...}}, each line of standard output {"evaluated": ...} or
// {"error": "..."}. localaws/stepfunctions/jsonata.py writes and reads the lines.

import { createInterface } from "node:readline"
import jsonata from "jsonata"

async function evaluated(value, variables) {
  if (Array.isArray(value)) {
    return Promise.all(value.map((each) => evaluated(each, variables)))
  }
  if (value !== null && typeof value === "object") {
    const entries = Object.entries(value).map(async ([name, each]) => [name, await evaluated(each, variables)])
    return Object.fromEntries(await Promise.all(entries))
  }
  const expression = typeof value === "string" && value.match(/^\{%([^]*)%\}$/)?.[1].trim()
  if (!expression) {
    return value
  }
  const result = await jsonata(expression).evaluate(undefined, variables)
  if (result === undefined) {
    throw new Error(`The JSONata expression '${expression}' returned nothing (undefined).`)
  }
  return result
}

for await (const line of createInterface({ input: process.stdin })) {
  const { template, variables } = JSON.parse(line)
  const answer = await evaluated(template, variables).then(
    (result) => ({ evaluated: result }),
    (error) => ({ error: error.message }),
  )
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
