import type { CaseRecord, Recipe } from '@consort/protocol'
import type { AskedRow as RowOf } from '@consort/records'

/** An agent as clients of other protocols see it: a model with a name. */
export interface ServedModel {
  readonly name: string
  readonly version: string
  /** Says what it takes, and which classes it knows. */
  readonly recipe: Pick<Recipe, 'input' | 'task'>
  /** Since when it has answered as it does now. */
  readonly since: string
}

/** One record that is asked about. */
export type AskedRow = RowOf<CaseRecord>

/** What became of it: the model's own output, and whether the agent stands for it. */
export interface AnsweredRow {
  readonly caseId: string
  /** `deferred`: a person has been asked, and the class is the model's guess. */
  readonly state: 'answered' | 'deferred'
  readonly class: string
  /** Calibrated, in the order of the recipe's classes. */
  readonly probabilities: readonly number[]
}

/** What one caller may do with the agents of a node. */
export interface ServedModels {
  /** Of the software that serves. */
  readonly version: string
  models(): Promise<readonly ServedModel[]>
  /** Throws `not-found`. */
  model(name: string): Promise<ServedModel>
  /** Answers or defers each of them; all are kept before this ends. */
  ask(model: string, rows: readonly AskedRow[]): Promise<readonly AnsweredRow[]>
  /** What the model's last layer is given: one vector for each input. */
  embed(model: string, inputs: readonly Float32Array[]): Promise<readonly Float32Array[]>
}
