import { parseRecipe } from '@consort/protocol'
import { openPredictor, type Predictor } from '@consort/serving'
import { initialWeights, planModel } from '@consort/train'

/** 784 × 4096 + 4096 × 4096 + 4096 × 10 weights: 20 million, 80 MB. */
const recipe = parseRecipe({
  recipe: 1,
  name: 'large',
  dataset: 'digits',
  task: { kind: 'classification', classes: [...'0123456789'] },
  input: { kind: 'images', height: 28, width: 28, mean: 0.1307, deviation: 0.3081 },
  model: {
    kind: 'mlp',
    layers: [
      { kind: 'dense', units: 4096, activation: 'relu' },
      { kind: 'dense', units: 4096, activation: 'relu' },
    ],
  },
})

const asking = 64

/**
 * Inferences per second of the large MLP on one thread, for so many questions at a time, by how many may go together.
 */
export async function openLarge(rowsMax: number): Promise<AsyncDisposable & { measure(): Promise<number> }> {
  const weights = initialWeights(planModel(recipe), 1)
  const predictor = await openPredictor({ recipe, weights }, { rowsMax })
  return {
    measure: () => perSecond(predictor, rowsMax === 1 ? asking : 16 * asking),
    [Symbol.asyncDispose]: () => predictor[Symbol.asyncDispose](),
  }
}

async function perSecond(predictor: Predictor, questions: number): Promise<number> {
  const input = Float32Array.from({ length: 784 }, (_, index) => (index * 37) % 256)
  const began = performance.now()
  let left = questions
  const ask = async (): Promise<void> => {
    while (left-- > 0) await predictor.score(input, 1)
  }
  await Promise.all(Array.from({ length: asking }, ask))
  return questions / ((performance.now() - began) / 1000)
}
