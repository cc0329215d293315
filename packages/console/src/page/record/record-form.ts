import type { ShownRecord } from '@consort/protocol/browser'
import type { ReactNode } from 'react'
import type { Nearest, Review } from '../reviews.ts'

/** What an agent was asked about, by the form in which people see it. Kinds of records are nothing of this page's. */
export type Forms = { readonly [Form in ShownRecord['form']]: Extract<ShownRecord, { form: Form }> }
export type FormName = keyof Forms

/** The fields that moved the agent. */
export type Because = NonNullable<Review['suggestion']>['because']

/** A labelled record like the case. */
export type Example<Form extends FormName> = Omit<Nearest['examples'][number], 'record'> & {
  readonly record: Forms[Form]
}

/** How experts see records in one form. */
export interface RecordForm<Form extends FormName> {
  /** The record as it was asked about. `because` marks what moved the agent, once the expert may know. */
  readonly View: (props: { record: Forms[Form]; because: Because }) => ReactNode
  /** Records like it, side by side. */
  readonly Similar: (props: { record: Forms[Form]; examples: readonly Example<Form>[] }) => ReactNode
  /** Tells whether what differs from the case stands out there. */
  readonly showsDifferences: boolean
  /** What the record says in a field; null where it says nothing, or has no fields. */
  readonly textOf: (record: Forms[Form], field: string) => string | null
}
