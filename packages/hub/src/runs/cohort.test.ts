import assert from 'node:assert/strict'
import test from 'node:test'
import { type DataCard, recipeSchema } from '@consort/protocol'
import type { MemberWithCard } from '../members/members-with-cards.ts'
import { drawRound } from './cohort.ts'
import type { RunRecord } from './run-store.ts'

const now = new Date('2026-01-01T12:00:00Z')
const recipe = recipeSchema.parse({
  recipe: 1,
  name: 'heart',
  dataset: 'heart',
  task: { kind: 'classification', classes: ['well', 'ill'] },
  input: { kind: 'table', features: [{ name: 'age', kind: 'number' }] },
  model: { kind: 'logistic' },
  optimiser: { kind: 'sgd', learningRate: 0.1 },
  batchSize: 8,
  federation: { rounds: 1, partnersMin: 1 },
})
const run: RunRecord = {
  id: 'run_0000000000000001',
  name: 'heart',
  recipe,
  recipeDigest: 'sha256:1',
  rosterDigest: 'sha256:2',
  agreementDigest: null,
  only: null,
  state: { phase: 'selecting', round: 1, deadline: now.getTime(), waitingFor: '' },
  revision: 1,
  version: 'ver_0000000000000001',
  created: now.toISOString(),
  ended: null,
  bytes: { up: 0, down: 0 },
}

function partner(name: string, online: boolean): MemberWithCard {
  const card = { role: 'train', trainExamples: 9 } as DataCard
  const seen = { lastSeen: now.toISOString(), latencySeconds: null, asked: 0, missed: 0 }
  return {
    id: `mem_${name}`,
    name,
    role: 'partner',
    key: 'ed25519:x',
    ...seen,
    online,
    card,
  } as MemberWithCard
}

const drawnAfter = (waitedMs: number): string =>
  drawRound(run, { members: [partner('a', true), partner('b', false)], partners: ['a', 'b'] }, waitedMs, now)
    .kind

test('a round waits for those who are away for a short time, and no longer', () => {
  assert.deepEqual([drawnAfter(0), drawnAfter(4999), drawnAfter(5000)], ['short', 'short', 'drawn'])
})

test('a clock that was put back does not make the round wait until it has caught up', () => {
  assert.equal(drawnAfter(-1), 'drawn')
})
