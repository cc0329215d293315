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

test('the linear schedule rises over the warm-up and falls to its end', () => {
  const spec = { kind: 'linear', warmup: 0.2, final: 0.1 } as const
  const rates = [0, 0.1, 0.2, 0.6, 1].map(progress => scheduleFactor(spec, progress))
  assertClose(rates, [0, 0.5, 1, 0.55, 0.1], 1e-12, 'rates')
  assertClose([scheduleFactor({ ...spec, warmup: 0 }, 0)], [1], 1e-12, 'without a warm-up')
})
