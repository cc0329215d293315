import { initialWeights, planModel } from '@consort/train'
import { openScorer, openTrainer } from '@consort/train/engine'
import { cut, type DigitsRun, digitsRecipe, readDigits } from './digits.ts'

/**
 * One training by several partners: `train-together.ts JSON` with the fields of `DigitsRun` and `partners`; prints the
 * outcome as JSON. Each has an equal part of the digits, draws from it with the same q, clips and adds noise by itself;
 * after each epoch the weights are averaged. So every partner's records have the ε of the run alone, and the mean of
 * the partners' noise is √partners times what one node with all digits would add.
 */
const { partners, ...run } = JSON.parse(process.argv[2] ?? '{}') as DigitsRun & { partners: number }
const { training, test } = await readDigits(run)
const recipe = digitsRecipe(run, training.count / partners)
const size = Math.floor(training.count / partners)
const trainers = await Promise.all(
  Array.from({ length: partners }, (_, place) =>
    openTrainer(recipe, cut(training, place * size, (place + 1) * size)),
  ),
)
const began = performance.now()
let weights = initialWeights(planModel(recipe), run.seed)
let steps = 0
for (let round = 0; round < run.epochs; round++) {
  const sum = new Float64Array(weights.length)
  for (const trainer of trainers) {
    const trained = await trainer.train({
      weights,
      epochs: 1,
      seed: run.seed,
      progress: [round / run.epochs, (round + 1) / run.epochs],
      proximal: 0,
      onProgress: () => {},
    })
    for (const [index, weight] of trained.weights.entries()) sum[index]! += weight
    steps += trained.mechanism!.steps / partners
  }
  weights = Float32Array.from(sum, total => total / partners)
  console.error(`${round + 1} of ${run.epochs} rounds`)
}
const seconds = (performance.now() - began) / 1000
await Promise.all(trainers.map(trainer => trainer.close()))
const scorer = await openScorer(recipe, test)
const accuracy = (await scorer.evaluate(weights)).values.accuracy
await scorer.close()
console.log(JSON.stringify({ accuracy, seconds, steps }))
