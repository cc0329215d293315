import {
  checkRoster,
  type Digest,
  digestOfDocument,
  hubEndpoints,
  Refusal,
  type RosterView,
  type SignedRoster,
  signDocument,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { HubContext } from './context.ts'
import { checkIsAsked, earlierVersion } from './earlier.ts'
import { findRoster, keepRoster, latestRoster } from './roster-store.ts'

/**
 * Signs the proposed roster, if it still is the version that a person compared. Throws `roster-altered` or
 * `state-conflict`.
 */
export async function confirmRoster(context: HubContext, version: number): Promise<RosterView> {
  const { call, key } = context
  const { inForce, proposed } = await call(hubEndpoints.getRoster)
  if (!proposed && inForce?.document.version === version) return { inForce, proposed }
  if (proposed?.document.version !== version) {
    throw new Refusal(
      'state-conflict',
      `Version ${version} of the roster is not the one that waits for signatures`,
      {
        hint: 'Run `consort roster show` and compare again.',
      },
    )
  }
  const roster = proposed.document
  const self = roster.members.find(member => member.key === key.publicKey)
  if (
    roster.hub !== context.enrolment.hubKey ||
    self?.id !== context.enrolment.member ||
    self.name !== context.enrolment.name
  ) {
    throw new Refusal('roster-altered', 'The proposed roster names another hub, or this node wrongly', {
      hint: 'Do not sign. Ask the hub’s operator by telephone.',
    })
  }
  await checkSuccession(context, proposed)
  const signature = signDocument(roster, key)
  await context.database.transaction().execute(transaction =>
    appendEvent(context, transaction, {
      kind: 'roster-signed',
      body: { version, roster: digestOfDocument(roster) },
    }),
  )
  return await call(hubEndpoints.signRoster, { body: { roster: digestOfDocument(roster), signature } })
}

/** A new version must name the one before it that this node acted on: a hub cannot show two histories. */
async function checkSuccession({ database }: HubContext, { document }: SignedRoster): Promise<void> {
  const latest = await latestRoster(database)
  if (!latest || document.version <= latest.version) {
    if (!latest) return
    throw new Refusal(
      'roster-altered',
      `Version ${document.version} comes after version ${latest.version}, which this node has acted on`,
    )
  }
  if (document.version === latest.version + 1 && document.previous !== latest.digest) {
    throw new Refusal('roster-altered', 'The proposed roster does not follow from the one in force here', {
      hint: 'The hub may be showing different rosters to different members. Compare by telephone before anything else.',
    })
  }
}

/**
 * The roster that a task names, if this node may act on it; asks the hub for one that it does not know yet. It may come
 * before the one in force: a run goes on with the members that it began with.
 */
export async function rosterFor(context: HubContext, digest: Digest): Promise<SignedRoster> {
  const known = await findRoster(context.database, digest)
  if (known) return known
  const { inForce } = await context.call(hubEndpoints.getRoster)
  if (!inForce) throw unshown()
  const inForceDigest = digestOfDocument(inForce.document)
  if (!(await findRoster(context.database, inForceDigest))) {
    checkOwn(context, inForce)
    await checkSuccession(context, inForce)
    await accept(context, inForce, inForceDigest)
  }
  if (inForceDigest === digest) return inForce
  const read = async (earlier: Digest): Promise<SignedRoster> => {
    const kept = await findRoster(context.database, earlier)
    if (kept) return kept
    const shown = await context.call(hubEndpoints.getRosterOf, { params: { roster: earlier } })
    checkOwn(context, checkIsAsked(shown, earlier))
    return shown
  }
  const roster = await earlierVersion(inForce, digest, { read, altered: unshown })
  await accept(context, roster, digest)
  return roster
}

function unshown(): Refusal {
  return new Refusal('roster-altered', 'The task is bound to a roster that the hub does not show', {
    hint: 'Compare rosters with the other members by telephone.',
  })
}

function checkOwn({ enrolment, key }: HubContext, roster: SignedRoster): void {
  checkRoster(roster, { hub: enrolment.hubKey, self: key.publicKey })
}

async function accept(context: HubContext, roster: SignedRoster, digest: Digest): Promise<void> {
  const { version } = roster.document
  await context.database.transaction().execute(async transaction => {
    await keepRoster(transaction, roster)
    await appendEvent(context, transaction, { kind: 'roster-accepted', body: { version, roster: digest } })
  })
}
