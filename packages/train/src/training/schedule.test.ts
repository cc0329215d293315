import { readFileSync } from 'node:fs'
import test from 'node:test'
import { assertClose } from '../testing/run-graph.ts'
import { scheduleFactor } from './schedule.ts'

const reference: { schedules: Record<'cosine' | 'one-cycle', number[]> } = JSON.parse(
  readFileSync(new URL('../../fixtures/reference.json', import.meta.url), 'utf8'),
)

test('the cosine equals PyTorch’s CosineAnnealingLR', () => {
  const rates = reference.schedules.cosine.map((_, step) =>
    scheduleFactor({ kind: 'cosine', final: 0.05 }, step / 10),
  )
  assertClose(rates, reference.schedules.cosine, 1e-7, 'rates')
})

test('one cycle equals PyTorch’s OneCycleLR', () => {
  // PyTorch counts to the last step, 20, and peaks one step before the share of 7 in 21.
  const spec = { kind: 'one-cycle', warmup: 6 / 20, divide: 25, finalDivide: 1e4 } as const
  const rates = reference.schedules['one-cycle'].map((_, step) => scheduleFactor(spec, step / 20))
  assertClose(rates, reference.schedules['one-cycle'], 1e-7, 'rates')
})
