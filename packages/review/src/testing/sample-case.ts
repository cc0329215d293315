import type { CaseFile } from '../case-file.ts'

/** A deferred case that nobody has looked at, changed as asked. */
export function sampleCase(changes: Partial<CaseFile> = {}): CaseFile {
  return {
    id: 'cas_0000000000000000',
    agent: 'triage',
    dataset: 'wards',
    version: 'ver_0000000000000000',
    askedBy: 'key_a',
    idempotencyKey: 'question-1',
    requestDigest: `sha256:${'1'.repeat(64)}`,
    record: { kind: 'row', cells: { age: 61, ward: null, note: 'ß' } },
    webhook: null,
    role: 'train',
    decision: {
      action: 'defer',
      reason: 'below-threshold',
      class: 'ill',
      confidence: 0.61,
      probabilities: [0.39, 0.61],
      threshold: 0.9,
      calibrated: '2025-12-31T00:00:00.000Z',
      guarantee: 1,
      rival: null,
      propensities: { answer: 0, defer: 1 },
      audit: { isAudited: true, propensity: 1, propensityLeast: 0.05 },
      among: ['ill', 'well'],
      because: [{ field: 'age', change: 1.5 }],
    },
    advice: null,
    asked: '2026-01-01T00:00:00.000Z',
    revision: 1,
    state: { kind: 'waiting' },
    ...changes,
  }
}
