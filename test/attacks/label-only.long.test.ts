import assert from 'node:assert/strict'
import test from 'node:test'
import {
  areasOf,
  byBoundary,
  byConfidence,
  byNoise,
  effort,
  errorOfChance,
  gap,
  mean,
  noise,
  overfitted,
  privateTraining,
  questionsOf,
  standardError,
  type Training,
} from '@consort/attacks'

/** The table of docs/threat-model.md: sixteen models, each of a random half of 200 rows of noise. About a minute. */
const models = 16
const common = { delta: 1e-5, records: 80, batchSize: 20, epochs: 12, clip: 0.1, pace: 0.5 }
const attacks = {
  gap,
  noise: byNoise,
  boundary: byBoundary,
  'one decimal': byConfidence(1),
  'two decimals': byConfidence(2),
  'all decimals': byConfidence(15),
}

interface Line {
  readonly training: Training
  /** Whether anybody may be found, beyond three standard errors of chance. */
  readonly isFound: boolean
}
const lines: Record<string, Line> = {
  plain: { training: overfitted, isFound: true },
  'ε = 8': { training: privateTraining({ ...common, epsilon: 8 }), isFound: true },
  'ε = 0.5': { training: privateTraining({ ...common, epsilon: 0.5 }), isFound: false },
  'ε = 0.5 told, σ/10': {
    training: privateTraining({ ...common, epsilon: 0.5 }, { quieter: 10 }),
    isFound: true,
  },
  'ε = 0.5 told, not clipped': {
    training: privateTraining({ ...common, epsilon: 0.5 }, { looser: 1000 }),
    isFound: true,
  },
}

for (const [name, { training, isFound }] of Object.entries(lines))
  test(`members of a table by labels and by rounded confidences, ${name}: area under the curve, ± its standard error`, async t => {
    const areas = await areasOf(training, { models, attacks })
    const questions = `1 / ${noise.copies + 1} / ${questionsOf(effort)}`
    const cells = Object.values(areas).map(
      found => `${mean(found).toFixed(3)} ± ${standardError(found).toFixed(3)}`,
    )
    t.diagnostic(
      `| ${name} | ${cells.join(' | ')} | (questions ${questions}; chance ± ${errorOfChance(models).toFixed(3)})`,
    )
    const limit = 0.5 + 3 * errorOfChance(models)
    for (const [attack, found] of Object.entries(areas))
      assert.equal(mean(found) > limit, isFound, `${attack}: ${mean(found)}, limit ${limit}`)
    if (name !== 'plain') return
    const ahead = (more: readonly number[], less: readonly number[]) => {
      const by = more.map((area, model) => area - less[model]!)
      return mean(by) / standardError(by)
    }
    assert.ok(ahead(areas.noise, areas.gap) > 3 && ahead(areas.boundary, areas.gap) > 3)
    assert.ok(ahead(areas['one decimal'], areas.boundary) < 3)
    assert.ok(ahead(areas['two decimals'], areas.boundary) > 3, 'what the document says of two decimals')
  })
