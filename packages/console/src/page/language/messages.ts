import type { Review } from '../reviews.ts'

type Reason = NonNullable<Review['suggestion']>['reason']

/** Every sentence of the page, in one language. A sentence that is missing in one does not compile. */
export interface Messages {
  readonly title: string
  /** Switches to the other language, in that language. */
  readonly otherLanguage: string
  readonly signIn: {
    /** What Consort is for, in one sentence. */
    readonly tagline: string
    readonly heading: string
    readonly lead: string
    readonly key: string
    readonly enter: string
    readonly refused: string
  }
  readonly signOut: string
  readonly waiting: (count: number) => string
  readonly answered: (count: number) => string
  readonly opening: string
  readonly empty: { readonly heading: string; readonly lead: string; readonly watching: string }
  readonly closed: { readonly heading: string; readonly lead: string; readonly next: string }
  readonly away: {
    readonly heading: string
    readonly retrying: string
    readonly held: (name: string) => string
  }
  readonly asks: (agent: string) => string
  readonly question: string
  readonly record: string
  readonly field: string
  readonly value: string
  readonly notRecorded: string
  readonly picture: string
  readonly text: string
  readonly answers: string
  readonly notTaken: string
  readonly sending: string
  readonly kept: (name: string) => string
  readonly suggestion: {
    readonly yours: string
    readonly agents: string
    readonly agree: string
    readonly disagree: string
    readonly confidence: (share: string) => string
    /** What a partner’s agent says, where one was asked. */
    readonly partner: (name: string, said: string, share: string) => string
    readonly because: string
    /** Classes that cannot be left out, when they are more than one. */
    readonly among: (names: string) => string
    /** Why the agent asks a person. */
    readonly why: Readonly<Record<Reason, (threshold: string | null) => string>>
    readonly speaksFor: (name: string) => string
    readonly speaksAgainst: (name: string) => string
    readonly keep: (name: string) => string
    readonly change: (name: string) => string
    readonly noUndo: string
  }
  /** Labelled records like the case. */
  readonly similar: {
    readonly heading: string
    readonly lead: string
    /** Of rows only. */
    readonly differences: string
    readonly opening: string
    readonly none: string
    readonly picture: (label: string) => string
  }
  /** The line of keys at the bottom; `{keys}` are drawn as keys. */
  readonly help: {
    readonly answerBy: string
    readonly or: string
    readonly blind: string
    readonly keepBy: string
    readonly changeBy: string
  }
  /** Read out, not shown. */
  readonly spoken: {
    readonly newCase: (agent: string, classes: string) => string
    readonly suggests: (name: string, share: string) => string
    readonly marked: (name: string) => string
  }
}
