import { createId, createKeyPair, type DataCard, signDocument } from '@consort/protocol'
import type { RegisteredDataset } from '../datasets/dataset-store.ts'

const key = createKeyPair()
const at = '2026-01-01T00:00:00.000Z'
let count = 0
const entropy = { bytes: (length: number) => new Uint8Array(length).fill(count++) }
const member = createId('member', entropy)

/** A data set whose card says so many records, which nobody was told of. */
export function registered(dataset: string, trainExamples: number): RegisteredDataset {
  const document: DataCard = {
    ...{ kind: 'data-card', id: createId('card', entropy), member, dataset, role: 'train' },
    ...{ contents: { kind: 'table', columns: ['x'] }, trainExamples, evaluationExamples: 0 },
  }
  return {
    ...{ id: document.id, dataset, source: { kind: 'csv', path: '/d.csv', label: 'y', missing: [] } },
    ...{
      validation: 0,
      digest: dataset,
      unitsDigest: null,
      schema: null,
      signedStatistics: null,
      cases: 0,
      noised: null,
    },
    signedCard: { document, signatures: [signDocument(document, key)] },
    isPublished: false,
    registered: at,
  }
}
