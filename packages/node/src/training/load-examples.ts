import type { Id, Recipe } from '@consort/protocol'
import type { Tokenize } from '@consort/train'
import type { LoadedExamples } from '../datasets/load.ts'

/**
 * Reads the examples of a registered data set as a recipe takes them. Throws as `loadExamples` of the data sets does.
 */
export type LoadExamples = (card: Id<'card'>, recipe: Recipe, tokenize?: Tokenize) => Promise<LoadedExamples>
