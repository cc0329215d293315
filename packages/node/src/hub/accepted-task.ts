import type { Agreement, Recipe, Task } from '@consort/protocol'
import type { Policy } from '../policy/policy.ts'
/** A task that this node may do. */
export interface AcceptedTask {
  readonly task: Task
  readonly recipe: Recipe
  readonly policy: Policy
  /** Null before the members have agreed on terms. */
  readonly agreement: Agreement | null
}
