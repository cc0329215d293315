import assert from 'node:assert/strict'
import test from 'node:test'
import { startVersionEvidence } from '@consort/agents'
import { digestOfJson, parseRecipe } from '@consort/protocol'
import { addCase, readCase } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { openServedAgent, type ServedAgent } from '../../testing/open-served-agent.ts'
import { keepVersionEvidence } from '../promise/evidence-store.ts'
import { keepChallenger, readAgent } from '../registry/agent-store.ts'
import { keepServedCard } from '../versions/served-version-store.ts'
import { answerReview } from './answer-review.ts'

const at = '2026-01-01T00:00:00.000Z'
const tried = 'ver_0000000000000002'
const recipe = parseRecipe({
  recipe: 1,
  name: 'triage',
  dataset: 'wards',
  task: { kind: 'classification', classes: ['ill', 'well'] },
  input: { kind: 'table', features: [{ name: 'age', kind: 'number' }] },
  model: { kind: 'logistic' },
})
const digest = digestOfJson('x')

/** One more label against the challenger withdraws it; a case waits that both versions judged. */
async function addTrial({ database, rules, evidence }: ServedAgent) {
  const file = sampleCase({
    agent: rules.agent,
    version: rules.version,
    decision: { ...sampleCase().decision, rival: { version: tried, class: 'well' } },
  })
  await database.transaction().execute(async transaction => {
    const born = { version: tried, number: 2, after: null, at, lastCase: null } as const
    const start = { calibration: evidence.calibration, thresholds: [0.9], heldOut: [] }
    const challenger = startVersionEvidence(start, rules, { agent: rules.agent, ...born })
    await keepVersionEvidence(transaction, challenger)
    const counts = { better: 0, worse: 200, labelled: 200, evidence: 1 }
    const trial = { version: tried, share: 0.5, since: at, state: 'running', ...counts } as const
    await keepChallenger(transaction, rules.agent, trial)
    const { dataset: name, version: id } = rules
    const terms = { recipe, recipeDigest: digest, rosterDigest: digest, agreementDigest: null }
    const made = { run: 'run_0000000000000001', round: 1, created: at } as const
    const empty = { lineage: [], evaluations: [], privacy: [] }
    const weights = { bytes: 4, chunks: [{ digest, bytes: 4 }] }
    await keepServedCard(transaction, { id, name, ...terms, ...made, weights, ...empty })
    await addCase(transaction, file)
  })
  return file
}

test('who waits for a case is told of its answer, and it is learnt from, though ending a trial fails', async () => {
  await using agent = await openServedAgent()
  const { database } = agent
  const file = await addTrial(agent)
  const news: string[] = []
  const answer = answerReview({
    database,
    entropy: { bytes: count => new Uint8Array(count) },
    key: { publicKey: 'key' },
    now: () => new Date('2026-01-02T00:00:00.000Z'),
    agents: { forget: name => void news.push(`read ${name} anew`) },
    consultant: { hear() {} },
    meter: async () => true,
    endTrial: async () => {
      throw new Error('the thread of a model does not end')
    },
    announce: asked => void news.push(`answered ${asked}`),
    grow: async dataset => void news.push(`grown ${dataset}`),
  })
  const review = async (stage: 'first' | 'final') =>
    await answer({
      params: { case: file.id },
      body: { stage, class: 'ill' },
      caller: { kind: 'operator' },
    } as never)
  await review('first')
  news.length = 0
  await assert.rejects(review('final'), /does not end/)
  assert.equal((await readCase(database, file.id)).state.kind, 'closed')
  assert.equal((await readAgent(database, agent.rules.agent)).challenger?.state, 'withdrawn')
  assert.deepEqual(news, ['read digits anew', `answered ${file.id}`, 'grown wards'])
})
