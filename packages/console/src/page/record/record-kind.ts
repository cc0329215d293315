import type { ReactNode } from 'react'
import type { Nearest, Review } from '../reviews.ts'

/** What an agent was asked about, by what such records call themselves. */
export type Records = {
  readonly [Kind in Review['record']['kind']]: Extract<Review['record'], { kind: Kind }>
}
export type RecordKindName = keyof Records

/** The fields that moved the agent. */
export type Because = NonNullable<Review['suggestion']>['because']

/** A labelled record like the case. */
export type Example<Kind extends RecordKindName> = Omit<Nearest['examples'][number], 'record'> & {
  readonly record: Records[Kind]
}

/** How experts see records of one kind. */
export interface RecordKind<Kind extends RecordKindName> {
  /** The record as it was asked about. `because` marks what moved the agent, once the expert may know. */
  readonly View: (props: { record: Records[Kind]; because: Because }) => ReactNode
  /** Records like it, side by side. */
  readonly Similar: (props: { record: Records[Kind]; examples: readonly Example<Kind>[] }) => ReactNode
  /** Tells whether what differs from the case stands out there. */
  readonly showsDifferences: boolean
  /** What the record says in a field; null where it says nothing, or has no fields. */
  readonly textOf: (record: Records[Kind], field: string) => string | null
}
