// Evaluates the JSONata expressions in the template of a state, as Step Functions does.
//
// Standard input is {"template": ..., "variables": {...}}, standard output {"evaluated": ...} or {"error": "..."}.

import { readFileSync } from "node:fs"
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

const { template, variables } = JSON.parse(readFileSync(0, "utf8"))
const answer = await evaluated(template, variables).then(
  (result) => ({ evaluated: result }),
  (error) => ({ error: error.message }),
)
process.stdout.write(JSON.stringify(answer))
