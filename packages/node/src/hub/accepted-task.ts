import type { Agreement, Recipe, Task } from '@consort/protocol'
import type { Policy } from '../policy/policy.ts'
/** A task that this node may do. */
export interface AcceptedTask {
  readonly task: Task
  readonly recipe: Recipe
  readonly policy: Policy
  /** What it has to keep to: the agreement that it names, and the one in force; none before the members have agreed. */
  readonly agreements: readonly Agreement[]
}
