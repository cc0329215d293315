import type { MemberMessage } from '@consort/protocol'
import { byCodeUnits } from '../round-context.ts'
import type { Aggregator } from './aggregator.ts'

/**
 * The stage with messages that it has received before, as they were kept. Nothing is checked again: whoever keeps a
 * message has had it received, and signatures over n² shares are not for every look at them.
 */
export function withKept(state: Aggregator, kept: readonly MemberMessage[]): Aggregator {
  const sorted = kept.toSorted((x, y) => byCodeUnits(x.member, y.member))
  const of = <K extends MemberMessage['kind']>(kind: K) =>
    sorted.filter((message): message is Extract<MemberMessage, { kind: K }> => message.kind === kind)
  switch (state.stage) {
    case 'collecting-keys':
      return { ...state, advertisements: of('advertisement') }
    case 'collecting-shares':
      return { ...state, dealt: of('dealt-shares') }
    case 'collecting-inputs':
      return { ...state, inputs: of('masked-input') }
    case 'collecting-signatures':
      return {
        ...state,
        signatures: of('survivor-signature').map(({ member, signature }) => ({ member, signature })),
      }
    case 'collecting-openings':
      return { ...state, opened: of('opened-shares') }
    default:
      return state
  }
}
