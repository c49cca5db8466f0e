// Reads lines from standard input, each a JSON list of simulations as @cloud-copilot/iam-simulate takes them, and writes
// for each a line with the list of verdicts: {result: Allowed | ImplicitlyDenied | ExplicitlyDenied, ignored: [keys],
// errors: null | {...}}.
import { createInterface } from 'node:readline'
import { loadPolicy } from '@cloud-copilot/iam-policy'
import { runSimulation, runUnsafeSimulation } from '@cloud-copilot/iam-simulate'

// runUnsafeSimulation of 0.1.173 asks a resource's policy for its name, and stumbles over one that has none.
const policy = Object.getPrototypeOf(loadPolicy({ Version: '2012-10-17', Statement: [] }))
const metadata = policy.metadata
policy.metadata = function () {
  return metadata.call(this) ?? {}
}

async function verdict({ unlisted, ...simulation }) {
  // A resource that the list of AWS's resource types does not have: evaluated, but not looked up.
  if (unlisted) return { result: runUnsafeSimulation(simulation, {}), ignored: [], errors: null }
  const answer = await runSimulation(simulation, {})
  if (answer.resultType === 'error') return { result: null, ignored: [], errors: answer.errors }
  const parts = answer.resultType === 'single' ? [answer.result] : answer.results
  const ignored = [...new Set(parts.flatMap((part) => part.ignoredContextKeys ?? []))]
  return { result: answer.overallResult, ignored, errors: null }
}

for await (const line of createInterface({ input: process.stdin })) {
  const verdicts = await Promise.all(JSON.parse(line).map(verdict))
  process.stdout.write(`${JSON.stringify(verdicts)}\n`)
}
