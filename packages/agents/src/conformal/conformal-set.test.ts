import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom, isRefusal } from '@consort/protocol'
import { close } from '../testing/close.ts'
import { conformalSet, fitConformal } from './conformal-set.ts'
import { type ConformalMethod, labelScores } from './label-scores.ts'

const methods: readonly ConformalMethod[] = [
  { kind: 'lac' },
  { kind: 'aps' },
  { kind: 'raps', penalty: 0.05, free: 1 },
]

test('scores by hand', () => {
  const probabilities = [0.2, 0.5, 0.3]
  const expected = {
    lac: [0.8, 0.5, 0.7],
    aps: [0.8 + 0.25 * 0.2, 0.25 * 0.5, 0.5 + 0.25 * 0.3],
    raps: [0.8 + 0.25 * 0.2 + 0.1, 0.25 * 0.5, 0.5 + 0.25 * 0.3 + 0.05],
  }
  for (const method of methods) {
    const scores = labelScores(probabilities, { method, uniform: 0.25 })
    for (const [label, score] of expected[method.kind].entries())
      close(scores[label]!, score, 1e-12, method.kind)
  }
})

/** Three classes; class 2 is rare and the model knows it badly. */
function draw(count: number, uniform: () => number) {
  const labels: number[] = []
  const probabilities: number[] = []
  const uniforms: number[] = []
  for (let record = 0; record < count; record++) {
    const label = uniform() < 0.15 ? 2 : Math.floor(2 * uniform())
    const weights = [0, 1, 2].map(k => Math.exp(3 * uniform() + (k === label ? (label === 2 ? 0.2 : 2) : 0)))
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    labels.push(label)
    probabilities.push(...weights.map(weight => weight / total))
    uniforms.push(uniform())
  }
  return { labels, probabilities, uniforms }
}

interface Coverage {
  readonly all: number
  readonly rare: number
}

function coverageOf(
  options: { method: ConformalMethod; alpha: number; isClassConditional: boolean },
  loosen: (cutoff: number) => number = cutoff => cutoff,
): Coverage {
  const [runs, size, tested] = [200, 59, 50]
  let [covered, rare, coveredRare] = [0, 0, 0]
  for (let seed = 1; seed <= runs; seed++) {
    const uniform = createRandom(seed).uniform
    const past = draw(size, uniform)
    const fitted = fitConformal({ ...past, classes: 3 }, past.labels, { ...options, uniforms: past.uniforms })
    const fit = { ...fitted, cutoffs: fitted.cutoffs.map(loosen) }
    const next = draw(tested, uniform)
    for (const [record, label] of next.labels.entries()) {
      const row = next.probabilities.slice(3 * record, 3 * record + 3)
      const isIn = conformalSet(fit, row, next.uniforms[record]!).includes(label)
      if (isIn) covered++
      if (label === 2) rare++
      if (isIn && label === 2) coveredRare++
    }
  }
  return { all: covered / (runs * tested), rare: coveredRare / rare }
}

for (const method of methods) {
  test(`coverage is 1 − α on average and no more than needed: ${method.kind}`, t => {
    const { all, rare } = coverageOf({ method, alpha: 0.1, isClassConditional: false })
    t.diagnostic(`covered ${all}, of the rare class ${rare}`)
    // 54 of 60 exchangeable places: exactly 0.9 but for ties.
    assert.ok(Math.abs(all - 0.9) < 0.015, `${all}`)
    assert.ok(rare < 0.87, 'the rare class pays for it')
    const conditional = coverageOf({ method, alpha: 0.2, isClassConditional: true })
    t.diagnostic(`class-conditional at 0.2: ${conditional.all}, of the rare class ${conditional.rare}`)
    assert.ok(conditional.rare > 0.78, `${conditional.rare}`)
  })
}

test('a cutoff that is a little too small would be noticed', () => {
  const { all } = coverageOf(
    { method: { kind: 'lac' }, alpha: 0.1, isClassConditional: false },
    cutoff => cutoff - 0.03,
  )
  assert.ok(all < 0.885, `${all}`)
})

test('too few records leave no label out; no records and a wrong alpha are refused', () => {
  const past = draw(5, createRandom(1).uniform)
  const fit = fitConformal({ ...past, classes: 3 }, past.labels, {
    ...{ method: { kind: 'lac' }, alpha: 0.1, uniforms: past.uniforms },
  })
  assert.deepEqual(conformalSet(fit, [0.98, 0.02, 0], 0.5), [0, 1, 2])
  const isInvalid = (error: unknown) => isRefusal(error, 'input-invalid')
  const options = { method: { kind: 'lac' }, uniforms: [] } as const
  assert.throws(
    () => fitConformal({ probabilities: [], classes: 3 }, [], { ...options, alpha: 0.1 }),
    isInvalid,
  )
  assert.throws(
    () => fitConformal({ probabilities: [1, 0], classes: 2 }, [0], { ...options, uniforms: [0], alpha: 1 }),
    isInvalid,
  )
})
