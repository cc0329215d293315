import { writeFileSync } from 'node:fs'
import type { AgreementTerms, RecipeInput } from '@consort/protocol'

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

const number = (name: string) => ({
  kind: 'number' as const,
  name,
  meaning: { en: `the coordinate ${name}`, zh: `坐标 ${name}` },
  unit: '1',
  min: -100,
  max: 100,
})

/** Terms that cover `tableRecipe` between a and b. */
export const planeTerms: AgreementTerms = {
  purpose: { en: 'To tell the ill from the well.', zh: '区分患者与健康者。' },
  data: [
    {
      dataset: 'plane',
      fields: [number('x'), number('y')],
      label: {
        kind: 'category',
        name: 'state',
        meaning: { en: 'state', zh: '状态' },
        codes: [
          { code: 'well', meaning: { en: 'well', zh: '健康' } },
          { code: 'ill', meaning: { en: 'ill', zh: '患病' } },
        ],
      },
    },
  ],
  statistics: true,
  recipes: [{ name: 'plane' }],
  privacy: { secureAggregation: false, epsilonMax: null },
  use: ['a', 'b'],
  retrainAfterExamples: null,
  benefit: { currency: 'EUR', answerPrice: 101, rule: { kind: 'by-examples' } },
}
