import { nameSchema } from '@consort/basics'
import type { Contradiction } from '@consort/records'
import { inputContradictions, inputSchema, inputShapeOf, tokensMaxOf } from '@consort/records'
import { z } from 'zod'
import { adapterContradictions } from './adapter/adapter.ts'
import { aggregationContradictions } from './aggregation.ts'
import { modelSchema } from './layers.ts'
import { lossSchema } from './loss.ts'
import { privacySchema } from './privacy.ts'
import { taskSpecSchema } from './task-spec.ts'
import {
  evaluationSchema,
  federationSchema,
  optimiserSchema,
  scheduleSchema,
  stopSchema,
} from './training.ts'

/** What to train, in one file: preprocessing, model, training, federation, evaluation, export. */
export const recipeSchema = z
  .strictObject({
    recipe: z.literal(1),
    name: nameSchema,
    /** The data set that partners must have registered under this name. */
    dataset: nameSchema,
    task: taskSpecSchema,
    input: inputSchema,
    model: modelSchema,
    /** By default cross-entropy for classes and the mean squared error for numbers. */
    loss: lossSchema.optional(),
    optimiser: optimiserSchema.default({
      kind: 'adam',
      learningRate: 1e-3,
      beta1: 0.9,
      beta2: 0.999,
      epsilon: 1e-8,
      weightDecay: 0,
    }),
    schedule: scheduleSchema.default({ kind: 'constant' }),
    /** The gradient of a batch is scaled down to this Euclidean norm where it is longer. */
    gradientClip: z.number().positive().max(1e9).optional(),
    /** Of cross-entropy: so much of an example's weight all classes share (Szegedy et al. 2016, section 7). */
    labelSmoothing: z.number().min(0).max(0.9).optional(),
    /** How much an example of each class weighs in the loss, in the order of `task.classes`. */
    classWeights: z.array(z.number().positive().max(1e6)).min(2).max(10_000).optional(),
    batchSize: z.int().min(1).max(65_536).default(32),
    /** Fixes initial weights, order of examples, dropout and shifts: equal seeds, equal weights. */
    seed: z
      .int()
      .min(0)
      .max(2 ** 32 - 1)
      .default(1),
    federation: federationSchema.prefault({}),
    privacy: privacySchema.prefault({}),
    evaluation: evaluationSchema.prefault({}),
    stop: stopSchema.prefault({}),
    export: z
      .strictObject({
        /** What the exported ONNX model puts out beside its raw scores. */
        output: z.enum(['probabilities', 'scores']).default('probabilities'),
      })
      .prefault({}),
  })
  .superRefine((recipe, context) => {
    for (const { path, message } of contradictions(recipe)) {
      context.addIssue({ code: 'custom', path, message })
    }
  })

export type Recipe = z.infer<typeof recipeSchema>
export type RecipeInput = z.input<typeof recipeSchema>

/** Fewer partners have no secure sum: of two each knows the other part, of three any two know the third. */
const secureMin = 4

type Checked = Pick<
  Recipe,
  | 'task'
  | 'input'
  | 'model'
  | 'loss'
  | 'labelSmoothing'
  | 'classWeights'
  | 'federation'
  | 'privacy'
  | 'evaluation'
  | 'stop'
>

/** What no single field shows. */
function contradictions(recipe: Checked): Contradiction[] {
  const { task, input, model, loss, federation, privacy, evaluation, stop } = recipe
  const found: Contradiction[] = []
  const say = (path: (string | number)[], message: string) => found.push({ path, message })
  if (model.kind === 'cnn' && inputShapeOf(input).length !== 3)
    say(['model', 'kind'], 'a cnn needs `input.kind: images`')
  if (model.kind === 'adapter') found.push(...adapterContradictions({ model, input, task }))
  else if (tokensMaxOf(input) !== undefined)
    say(['input', 'tokenizer'], 'only `model.kind: adapter` reads the tokens of a base: use hashed-words')
  if (task.kind === 'classification') {
    if (new Set(task.classes).size < task.classes.length) say(['task', 'classes'], 'a class is listed twice')
    if (loss === 'mse')
      say(['loss'], 'classes are learnt with cross-entropy, binary-cross-entropy or squared-error')
    if (loss === 'binary-cross-entropy' && task.classes.length !== 2) {
      say(
        ['loss'],
        `binary-cross-entropy needs 2 classes, there are ${task.classes.length}: use cross-entropy`,
      )
    }
  } else if (loss !== undefined && loss !== 'mse') {
    say(['loss'], 'numbers are learnt with mse')
  }
  found.push(...lossContradictions(recipe), ...inputContradictions(input))
  if (stop.target !== undefined) {
    if (task.kind === 'regression')
      say(['stop', 'target'], 'is an accuracy, and numbers have none: use `patience`')
    else if (!evaluation.metrics.includes('accuracy'))
      say(['stop', 'target'], 'needs `accuracy` in evaluation.metrics')
  }
  if (stop.patience !== undefined && !evaluation.metrics.includes('loss')) {
    say(['stop', 'patience'], 'needs `loss` in evaluation.metrics')
  }
  if (privacy.strict && !privacy.secureAggregation)
    say(['privacy', 'strict'], 'is about the groups of secure aggregation: turn on `secureAggregation` too')
  const { participants, partnersMin } = federation
  if (privacy.strict && participants !== undefined)
    say(['federation', 'participants'], 'strict secure aggregation takes whole groups: leave it out')
  if (privacy.secureAggregation && partnersMin < secureMin) {
    const message = `under secure aggregation a round needs ${secureMin} partners: among two or three there is nobody to hide among. They can have privacy.differentialPrivacy, which does not depend on how many they are`
    say(['federation', 'partnersMin'], message)
  }
  if (participants !== undefined && participants < partnersMin) {
    say(['federation', 'partnersMin'], `cannot be more than the ${participants} participants of a round`)
  }
  return [...found, ...aggregationContradictions(federation, privacy)]
}

function lossContradictions({ task, loss, labelSmoothing, classWeights, privacy }: Checked): Contradiction[] {
  const found: Contradiction[] = []
  const isCrossEntropy = task.kind === 'classification' && (loss ?? 'cross-entropy') === 'cross-entropy'
  if (labelSmoothing !== undefined && !isCrossEntropy)
    found.push({ path: ['labelSmoothing'], message: 'is for cross-entropy' })
  if (classWeights === undefined) return found
  const say = (message: string) => found.push({ path: ['classWeights'], message })
  if (task.kind !== 'classification') say('numbers have no classes: leave them out')
  else if (classWeights.length !== task.classes.length)
    say(`there are ${task.classes.length} classes: give one weight for each`)
  if (privacy.differentialPrivacy)
    say('under differential privacy each record counts up to the same norm: leave them out')
  return found
}

/** The loss of a recipe, said or implied. */
export function lossOf(recipe: Pick<Recipe, 'loss' | 'task'>): NonNullable<Recipe['loss']> {
  return recipe.loss ?? (recipe.task.kind === 'classification' ? 'cross-entropy' : 'mse')
}

/** The width of the output layer. */
export function outputsOf(recipe: Recipe): number {
  if (recipe.task.kind === 'regression' || recipe.loss === 'binary-cross-entropy') return 1
  return recipe.task.classes.length
}
