import assert from 'node:assert/strict'
import test from 'node:test'
import type { SignedDataCard } from '@consort/protocol'
import { memberIds, versions } from '../testing/clinics.ts'
import { broughtBy } from './brought-by.ts'

function cardOf(member: keyof typeof memberIds, trainExamples: number): SignedDataCard {
  return {
    document: {
      kind: 'data-card',
      id: `crd_${String(trainExamples).padStart(16, '0')}`,
      member: memberIds[member],
      dataset: 'patients',
      role: trainExamples === 0 ? 'test' : 'train',
      contents: { kind: 'table', columns: ['age'] },
      trainExamples,
      evaluationExamples: 5,
    },
    signatures: [],
  }
}

test('members brought to each version what their cards say; the same records once, by the largest card', () => {
  const lineage = [
    { version: versions.first, cards: [cardOf('north', 100), cardOf('lab', 0), cardOf('south', 7)] },
    { version: versions.second, cards: [cardOf('north', 100), cardOf('north', 130), cardOf('north', 90)] },
  ]
  const { north, south, lab } = memberIds
  assert.deepEqual(
    broughtBy(lineage),
    new Map([
      [
        versions.first,
        new Map([
          [north, 100],
          [lab, 0],
          [south, 7],
        ]),
      ],
      [versions.second, new Map([[north, 130]])],
    ]),
  )
})
