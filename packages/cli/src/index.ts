export { loadRecipe } from './commands/recipe.ts'
export { exitCodeOf, exitCodes } from './exit-codes.ts'
export { type FetchedModel, fetchModel } from './fetch-model.ts'
export { type CapturedUpdate, captureUpdate, inversionRecipe } from './inversion/capture-update.ts'
export { drawnDigits } from './inversion/drawn-digits.ts'
export { imprintedWeights, invertImprinted } from './inversion/imprint.ts'
export { invertAllUnits, invertFirstLayer } from './inversion/invert-first-layer.ts'
export { type Likeness, likenessOfAll, mostLike } from './inversion/likeness.ts'
export {
  brightnessOf,
  candidatesOf,
  picturesOf,
  type Reconstruction,
  reconstruct,
} from './inversion/reconstructions.ts'
export { chooseLanguage, type Language, messagesOf } from './language/language.ts'
export { createLiveLines, type LiveLines, progressBar } from './output/live-lines.ts'
export { createRunDisplay, percent, type RunDisplay } from './output/run-display.ts'
export { showError } from './output/show-error.ts'
export { createTerminal, formatTable, note, type Terminal } from './output/terminal.ts'
export { runProgram } from './program.ts'
