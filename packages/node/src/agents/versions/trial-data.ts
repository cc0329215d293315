import type { Recipe } from '@consort/protocol'
import type { AnyExamples } from '@consort/train'

/**
 * A data set registered here on which versions may be tried at home: its held-out records calibrate and compare them.
 */
export interface TrialData {
  /** Its current data card. */
  readonly card: string
  /** Of its files, as they were registered. */
  readonly digest: string
  /** Its records as a recipe takes them; a side without records is absent. Throws what reading them refuses. */
  load(recipe: Recipe): Promise<{ readonly train?: AnyExamples; readonly evaluation?: AnyExamples }>
}

/**
 * Finds the data of a name; undefined where none is registered. Throws `policy-refused` where the policy of the site
 * forbids trials on it.
 */
export type FindTrialData = (dataset: string) => Promise<TrialData | undefined>
