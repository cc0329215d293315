import type { ConsultationAnswer, RefusalCode } from '@consort/protocol'

export type Answered = Extract<ConsultationAnswer, { kind: 'answered' }>
export type Declined = Extract<ConsultationAnswer, { kind: 'declined' }>

/** What became of asking one partner. */
export type TryOutcome =
  | Answered
  | Declined
  /** The partner's doing, as far as can be told from here. */
  | { readonly kind: 'failed'; readonly why: 'timeout' | 'unreadable' | 'invalid' | 'key-refused' | 'no-key' }
  /** It did not get as far as the partner: by the rules here, or because the hub passes it on to nobody. */
  | { readonly kind: 'withheld'; readonly why: RefusalCode }
  /** The hub was not reached, or the caller or this node went away. */
  | { readonly kind: 'cut' }
