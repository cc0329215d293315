import type { Refusal } from '@consort/protocol'
import { unfit } from '../../../model/layer-shape.ts'

/** A recipe whose adapter does not fit its base at `path`. */
export function unfitAdapter(path: string, message: string): Refusal {
  return unfit(
    path,
    message,
    'docs/recipes.md says under “Adapters of base models” what can be trained over a base.',
  )
}
