import { parseRecipe } from './parse-recipe.ts'
import type { Recipe, RecipeInput } from './recipe.ts'

const digits = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9']

const presetInputs = {
  /** Conv(32, 3×3), Dense(64), Dense(10): the network of the article that this system grew from. */
  'mnist-article': {
    recipe: 1,
    name: 'mnist-article',
    dataset: 'digits',
    task: { kind: 'classification', classes: digits },
    input: { kind: 'images', height: 28, width: 28 },
    model: {
      kind: 'cnn',
      layers: [
        { kind: 'conv', filters: 32, kernel: 3, activation: 'relu' },
        { kind: 'dense', units: 64, activation: 'relu' },
      ],
    },
    federation: { rounds: 5 },
  },
  /** The main job's about digits: two small convolutions, random shifts, a rate that falls along a cosine. */
  'mnist-cnn': {
    recipe: 1,
    name: 'mnist-cnn',
    dataset: 'digits',
    task: { kind: 'classification', classes: digits },
    input: { kind: 'images', height: 28, width: 28, shift: 1 },
    model: {
      kind: 'cnn',
      layers: [
        { kind: 'conv', filters: 16, kernel: 3, activation: 'relu' },
        { kind: 'max-pool', size: 2 },
        { kind: 'conv', filters: 32, kernel: 3, activation: 'relu' },
        { kind: 'max-pool', size: 2 },
        { kind: 'dense', units: 128, activation: 'relu' },
      ],
    },
    optimiser: { kind: 'adam', learningRate: 3e-3 },
    schedule: { kind: 'cosine', final: 0.05 },
    federation: { rounds: 10 },
  },
  /** The main job's: the text classifier 1000-128-2 of the articles, over the hashed words of letters. */
  'text-article': {
    recipe: 1,
    name: 'text-article',
    dataset: 'letters',
    task: { kind: 'classification', classes: ['ham', 'spam'] },
    input: { kind: 'text', tokenizer: { kind: 'hashed-words', buckets: 1000 } },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 128, activation: 'relu' }] },
    optimiser: { kind: 'adam', learningRate: 1e-3 },
    schedule: { kind: 'cosine', final: 0.05 },
    federation: { rounds: 30 },
    evaluation: { every: 5 },
  },
  /** A hidden layer over a table; the columns are an example. */
  'table-mlp': {
    recipe: 1,
    name: 'table-mlp',
    dataset: 'patients',
    task: { kind: 'classification', classes: ['absent', 'present'] },
    input: {
      kind: 'table',
      features: [
        { name: 'age', kind: 'number', center: 54, scale: 9 },
        { name: 'sex', kind: 'category', values: ['female', 'male'] },
      ],
    },
    model: {
      kind: 'mlp',
      layers: [
        { kind: 'dense', units: 32, activation: 'relu' },
        { kind: 'dropout', rate: 0.2 },
      ],
    },
    optimiser: { kind: 'adamw', learningRate: 1e-3 },
  },
  /** The sigmoid classifier: logistic regression on one output. */
  'table-logistic': {
    recipe: 1,
    name: 'table-logistic',
    dataset: 'patients',
    task: { kind: 'classification', classes: ['absent', 'present'] },
    input: {
      kind: 'table',
      features: [
        { name: 'age', kind: 'number', center: 54, scale: 9, missing: 'indicator' },
        { name: 'sex', kind: 'category', values: ['female', 'male'], missing: 'indicator' },
      ],
    },
    model: { kind: 'logistic' },
    loss: 'binary-cross-entropy',
    optimiser: { kind: 'sgd', learningRate: 0.1, momentum: 0.9 },
  },
  /** The sigmoid classifier 10-10-1 of the articles: ten numbers, ten hidden units, one output. */
  'table-10-10-1': {
    ...numbersOf(10),
    name: 'table-10-10-1',
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 10, activation: 'sigmoid' }] },
    loss: 'binary-cross-entropy',
    optimiser: { kind: 'adam', learningRate: 0.01 },
  },
  /** The network 3-2-2 of the articles: squared error, plain gradient descent. */
  'table-3-2-2': {
    ...numbersOf(3),
    name: 'table-3-2-2',
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 2, activation: 'sigmoid' }] },
    loss: 'squared-error',
    optimiser: { kind: 'sgd', learningRate: 0.5 },
  },
  /** The network 3-10-2 of the articles. */
  'table-3-10-2': {
    ...numbersOf(3),
    name: 'table-3-10-2',
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 10, activation: 'relu' }] },
    optimiser: { kind: 'adam', learningRate: 0.01 },
  },
} as const satisfies Record<string, RecipeInput>

/** A table of so many numbers, called x1, x2, … */
function numbersOf(count: number) {
  const features = Array.from({ length: count }, (_, index) => ({
    name: `x${index + 1}`,
    kind: 'number' as const,
  }))
  return {
    recipe: 1 as const,
    dataset: 'numbers',
    task: { kind: 'classification' as const, classes: ['absent', 'present'] },
    input: { kind: 'table' as const, features },
  }
}

export type PresetName = keyof typeof presetInputs

export const presetNames = Object.keys(presetInputs) as PresetName[]

/** A complete recipe to run as it is or to start from. */
export function presetRecipe(name: PresetName): Recipe {
  return parseRecipe(presetInputs[name])
}
