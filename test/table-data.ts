import { writeFileSync } from 'node:fs'
import type { RecipeInput } from '@consort/protocol'

/** A table of two clusters in the plane, different for every seed: small enough for a round in milliseconds. */
export function writeTable(path: string, { rows, seed }: { rows: number; seed: number }): void {
  let state = seed * 7919 + 1
  const uniform = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state / 2 ** 32
  }
  const lines = Array.from({ length: rows }, () => {
    const side = uniform() < 0.5 ? -1 : 1
    const noise = (): number => (uniform() + uniform() + uniform() - 1.5) * 1.5
    return `${(side + noise()).toFixed(4)},${(-side / 2 + noise()).toFixed(4)},${side > 0 ? 'ill' : 'well'}`
  })
  writeFileSync(path, `x,y,state\n${lines.join('\n')}\n`)
}

export const tableRecipe = {
  recipe: 1,
  name: 'plane',
  dataset: 'plane',
  task: { kind: 'classification', classes: ['well', 'ill'] },
  input: {
    kind: 'table',
    features: [
      { name: 'x', kind: 'number' },
      { name: 'y', kind: 'number' },
    ],
  },
  model: { kind: 'mlp', layers: [{ kind: 'dense', units: 8, activation: 'tanh' }] },
  optimiser: { kind: 'adam', learningRate: 0.05 },
  batchSize: 16,
  federation: { rounds: 3 },
} as const satisfies RecipeInput
