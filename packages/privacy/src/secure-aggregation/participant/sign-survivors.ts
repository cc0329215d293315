import { digestOfJson, type KeyPair, type SurvivorList } from '@consort/protocol'
import { checkSameContext } from '../check-keys.ts'
import { areWholeGroups } from '../exposure/fixed-groups.ts'
import { isAscending } from '../round-context.ts'
import { signText } from '../signed-texts.ts'
import { thresholdOf } from '../threshold.ts'
import { type Consistent, conflict, type Masked } from './participant.ts'

/**
 * Signs the list of those whose input is in the sum: the first that the hub shows, and no other ever. Throws
 * `digest-mismatch` for a list of another round, and `state-conflict` for one with other dealers than this node masked
 * for, without this node, with somebody who did not deal, with fewer than the threshold, or with part of a fixed group.
 */
export function signSurvivors(state: Masked, list: SurvivorList, identity: KeyPair): Consistent {
  const { context, digest, self, dealers, held } = state
  checkSameContext(list, digest)
  const { survivors } = list
  if (list.dealers.join() !== dealers.join())
    conflict(
      'The hub told this node of other dealers before',
      'It may be telling different nodes different things.',
    )
  if (!isAscending(survivors) || !survivors.every(name => dealers.includes(name)))
    conflict('The list of survivors is not in order, or holds somebody who dealt no shares')
  if (!survivors.includes(self)) conflict('This node is not in the sum, so it opens nothing for it')
  const threshold = thresholdOf(context.members.length)
  if (survivors.length < threshold)
    conflict(
      `Only ${survivors.length} of at least ${threshold} partners are in the sum`,
      'The round has to be discarded.',
    )
  if (context.groups !== null && !areWholeGroups(survivors, context.groups))
    conflict('The sum would hold part of a fixed group', 'In strict mode such a round is discarded.')
  const body = { context: digest, dealers, survivors }
  const signature = signText({ kind: 'secure-aggregation-survivors', ...body }, identity)
  return {
    stage: 'consistent',
    context,
    digest,
    self,
    answered: digestOfJson(list),
    dealers,
    survivors,
    held,
    message: { kind: 'survivor-signature', context: digest, member: self, signature },
  }
}
