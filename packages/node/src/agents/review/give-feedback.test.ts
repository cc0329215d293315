import assert from 'node:assert/strict'
import test from 'node:test'
import { createAddPlainAnswers, type PlainAnswer } from '@consort/review'
import { sampleCase } from '@consort/review/testing'
import { addChallenger, tried } from '../../testing/add-challenger.ts'
import { openServedAgent, type ServedAgent } from '../../testing/open-served-agent.ts'
import { readAgent } from '../registry/agent-store.ts'
import { giveFeedback } from './give-feedback.ts'

/** An answer of the agent that its challenger judged otherwise. */
async function addAnswer({ database, rules }: ServedAgent): Promise<PlainAnswer> {
  const { decision, id, askedBy, asked } = sampleCase()
  const { reason, class: said, confidence, threshold, calibrated, guarantee, propensities, audit } = decision
  const answer: PlainAnswer = {
    ...{ id, askedBy, asked, agent: rules.agent, version: rules.version },
    ...{ idempotencyKey: null, requestDigest: null },
    decision: {
      ...{ reason, class: said, confidence, threshold, calibrated, guarantee, propensities, audit },
      rival: { version: tried, class: 'well' },
    },
  }
  await database.transaction().execute(transaction => createAddPlainAnswers()(transaction, [answer]))
  return answer
}

test('whatever a caller says of an answer, and how often, compares the two versions once', async () => {
  await using agent = await openServedAgent()
  const { database } = agent
  await addChallenger(agent, 3)
  const { id } = await addAnswer(agent)
  let minute = 0
  const give = giveFeedback({
    ...{ database, key: { publicKey: 'key' }, endTrial: async () => {} },
    now: () => new Date(Date.UTC(2026, 0, 2, 0, minute++)),
  } as never)
  const say = async (body: { verdict: 'right' | 'wrong'; label?: string }) =>
    await give({ params: { case: id }, body, caller: { kind: 'operator' } } as never)
  const compared = async () => {
    const { challenger } = await readAgent(database, agent.rules.agent)
    return [challenger?.better, challenger?.worse, challenger?.labelled]
  }
  const logged = async () => (await database.selectFrom('event').select('seq').execute()).length

  const first = await say({ verdict: 'wrong', label: 'well' })
  assert.deepEqual(await compared(), [1, 3, 4])
  assert.deepEqual(await say({ verdict: 'wrong', label: 'well' }), first, 'said again, it stays as it was')
  assert.equal(await logged(), 1)
  await say({ verdict: 'right' })
  await say({ verdict: 'wrong', label: 'well' })
  assert.deepEqual([await compared(), await logged()], [[1, 3, 4], 3])
})
