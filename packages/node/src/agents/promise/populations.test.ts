import assert from 'node:assert/strict'
import test from 'node:test'
import type { CalibratedVersion } from '@consort/agents'
import { openServedAgent, type ServedAgent } from '../../testing/open-served-agent.ts'
import { readAgent } from '../registry/agent-store.ts'
import { findEvidence, keepPopulation } from './evidence-store.ts'
import { createPopulations } from './populations.ts'

function watching({ database }: Pick<ServedAgent, 'database'>) {
  const errors: string[] = []
  const forgotten: string[] = []
  const populations = createPopulations({
    database,
    key: { publicKey: 'key' },
    now: () => new Date('2026-02-01T00:00:00.000Z'),
    entropy: { bytes: count => new Uint8Array(count).fill(7) },
    log: { warn() {}, error: (said: unknown) => void errors.push(JSON.stringify(said)) },
    agents: { forget: agent => void forgotten.push(agent) },
  })
  return { populations, errors, forgotten }
}

/** The watch has fired, and nothing has followed from it yet. */
async function fire({ database, evidence }: ServedAgent): Promise<void> {
  const populationWatch = { ...evidence.populationWatch, hasFired: true }
  await keepPopulation(database, { ...evidence, cases: 1, populationWatch })
}

async function seenCase({ database, rules, evidence }: ServedAgent) {
  return {
    rules: await readAgent(database, rules.agent),
    calibrated: evidence satisfies CalibratedVersion,
    confidence: 0.9,
  }
}

test('a promise that could not be withdrawn is withdrawn with the next case', async () => {
  await using agent = await openServedAgent()
  await fire(agent)
  const { populations, errors, forgotten } = watching(agent)
  const seen = await seenCase(agent)
  await agent.fillDisk()
  populations.see(seen)
  await populations.drained()
  assert.match(errors.join(), /disk is full/)
  assert.equal((await findEvidence(agent.database, agent.evidence))?.number, 1)
  await agent.freeDisk()
  populations.see(seen)
  await populations.drained()
  assert.equal((await findEvidence(agent.database, agent.evidence))?.number, 2)
  assert.deepEqual(forgotten, ['digits'])
})

test('cases whose count could not be kept are kept with the next ones', async () => {
  await using agent = await openServedAgent()
  const { populations, errors } = watching(agent)
  const seen = await seenCase(agent)
  populations.see(seen)
  await populations.drained()
  for (let cases = 0; cases < 3; cases++) populations.see(seen)
  const { database, evidence } = agent
  await database.schema.alterTable('standing').renameTo('away').execute()
  await populations.drained()
  assert.match(errors.join(), /no such table/)
  await database.schema.alterTable('away').renameTo('standing').execute()
  await populations.drained()
  assert.equal((await findEvidence(database, evidence))?.cases, 4)
})
