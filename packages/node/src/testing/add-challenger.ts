import { startVersionEvidence } from '@consort/agents'
import { digestOfJson, parseRecipe } from '@consort/protocol'
import { keepVersionEvidence } from '../agents/promise/evidence-store.ts'
import { keepChallenger } from '../agents/registry/agent-store.ts'
import { keepServedCard } from '../agents/versions/served-version-store.ts'
import type { ServedAgent } from './open-served-agent.ts'

const at = '2026-01-01T00:00:00.000Z'
const recipe = parseRecipe({
  recipe: 1,
  name: 'triage',
  dataset: 'wards',
  task: { kind: 'classification', classes: ['ill', 'well'] },
  input: { kind: 'table', features: [{ name: 'age', kind: 'number' }] },
  model: { kind: 'logistic' },
})
const digest = digestOfJson('x')

/** The version that is tried out. */
export const tried = 'ver_0000000000000002'

/** Has an agent try out a version that was worse on so many labels, all that came. */
export async function addChallenger(
  { database, rules, evidence }: ServedAgent,
  worse: number,
): Promise<void> {
  await database.transaction().execute(async transaction => {
    const born = { version: tried, number: 2, after: null, at, lastCase: null } as const
    const start = { calibration: evidence.calibration, thresholds: [0.9], heldOut: [] }
    const challenger = startVersionEvidence(start, rules, { agent: rules.agent, ...born })
    await keepVersionEvidence(transaction, challenger)
    const counts = { better: 0, worse, labelled: worse, evidence: 1 }
    const trial = { version: tried, share: 0.5, since: at, state: 'running', ...counts } as const
    await keepChallenger(transaction, rules.agent, trial)
    const { dataset: name, version: id } = rules
    const terms = { recipe, recipeDigest: digest, rosterDigest: digest, agreementDigest: null }
    const made = { run: 'run_0000000000000001', round: 1, created: at } as const
    const empty = { lineage: [], evaluations: [], privacy: [] }
    const weights = { bytes: 4, chunks: [{ digest, bytes: 4 }] }
    await keepServedCard(transaction, { id, name, ...terms, ...made, weights, ...empty })
  })
}
