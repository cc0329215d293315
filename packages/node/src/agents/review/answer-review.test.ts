import assert from 'node:assert/strict'
import test from 'node:test'
import { addCase, readCase } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { addChallenger, tried } from '../../testing/add-challenger.ts'
import { openServedAgent, type ServedAgent } from '../../testing/open-served-agent.ts'
import { readAgent } from '../registry/agent-store.ts'
import { answerReview } from './answer-review.ts'

/** One more label against the challenger withdraws it; a case waits that both versions judged. */
async function addTrial(agent: ServedAgent) {
  const { database, rules } = agent
  const file = sampleCase({
    agent: rules.agent,
    version: rules.version,
    decision: { ...sampleCase().decision, rival: { version: tried, class: 'well' } },
  })
  await addChallenger(agent, 200)
  await database.transaction().execute(transaction => addCase(transaction, file))
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
