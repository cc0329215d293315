import { initialWeights, planModel } from '@consort/train'
import { openScorer, openTrainer } from '@consort/train/engine'
import { type DigitsRun, digitsRecipe, readDigits } from './digits.ts'

/**
 * One training: `train-digits.ts JSON` with the fields of `DigitsRun`; prints the outcome as JSON. With `holdOut` the
 * last 10,000 training digits take the place of the test set, as when settings were chosen.
 */
const run = JSON.parse(process.argv[2] ?? '{}') as DigitsRun
const { training, test } = await readDigits(run)
const recipe = digitsRecipe(run, training.count)
const trainer = await openTrainer(recipe, training)
const began = performance.now()
const { weights, mechanism } = await trainer.train({
  weights: initialWeights(planModel(recipe), run.seed),
  epochs: run.epochs,
  seed: run.seed,
  progress: [0, 1],
  proximal: 0,
  onProgress: done => console.error(`${(100 * done).toFixed(1)} %`),
})
const seconds = (performance.now() - began) / 1000
await trainer.close()
const scorer = await openScorer(recipe, test)
const accuracy = (await scorer.evaluate(weights)).values.accuracy
await scorer.close()
console.log(JSON.stringify({ accuracy, seconds, ...mechanism }))
