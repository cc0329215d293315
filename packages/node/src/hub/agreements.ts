import { checkAgreement, checkAmendment, checkTerms } from '@consort/agreements'
import {
  type Agreement,
  type AgreementView,
  type Digest,
  digestOfDocument,
  hubEndpoints,
  isRefusal,
  Refusal,
  type SignedAgreement,
  signDocument,
} from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import type { NodeReader } from '../tables/node-tables.ts'
import {
  findInForce,
  findKnown,
  hasOtherText,
  keepInForce,
  keepSigned,
  latestInForce,
} from './agreement-store.ts'
import type { HubContext } from './context.ts'
import { checkIsAsked, earlierVersion } from './earlier.ts'
import { rosterFor } from './rosters.ts'

/**
 * Signs the proposed agreement, if it still is the text that a person read. Throws `state-conflict`,
 * `agreement-altered` and `agreement-invalid`.
 */
export async function confirmAgreement(context: HubContext, digest: Digest): Promise<AgreementView> {
  const view = await context.call(hubEndpoints.getAgreement)
  if (view.inForce && digestOfDocument(view.inForce.document) === digest) return view
  const agreement = view.proposed?.document
  if (!agreement || digestOfDocument(agreement) !== digest) {
    throw new Refusal('state-conflict', 'The text that was read is not the one that waits for signatures', {
      hint: 'Run `consort agreement show` and read it again.',
    })
  }
  await checkProposal(context, agreement)
  const signature = signDocument(agreement, context.key)
  const { version } = agreement
  await context.database.transaction().execute(async transaction => {
    await keepSigned(transaction, agreement)
    await appendEvent(context, transaction, {
      kind: 'agreement-signed',
      body: { version, agreement: digest },
    })
  })
  return await context.call(hubEndpoints.signAgreement, { body: { agreement: digest, signature } })
}

/** What a node signs at all: its own consortium's terms, sound in themselves, and one text for each number. */
async function checkProposal(context: HubContext, agreement: Agreement): Promise<void> {
  const { version } = agreement
  const roster = await rosterFor(context, agreement.roster)
  checkTerms(agreement, roster.document)
  await checkSuccession(context, agreement)
  if (!(await hasOtherText(context.database, agreement))) return
  throw new Refusal('agreement-altered', `This node has signed another text as version ${version}`, {
    hint: 'Do not sign. Ask the hub’s operator to propose the terms under a new number, and the other partners what they were shown.',
  })
}

/**
 * New terms follow from those that this node acted under, or from later ones that it signed but never saw complete. Who
 * joined later has no earlier terms to compare with, and an evaluator, who signs none, may have missed some: for them
 * it is enough that the number grows.
 */
async function checkSuccession(
  context: Pick<HubContext, 'database' | 'enrolment'>,
  next: Agreement,
): Promise<void> {
  const latest = await latestAgreement(context)
  const { previous } = next
  const versionMin = latest?.version ?? 0
  const signed = previous && (await findKnown(context.database, { digest: previous, versionMin }))
  const before = signed ?? latest
  const isBehind = !signed && (latest === null || context.enrolment.role === 'evaluator')
  if (!isBehind) checkAmendment(next, before)
  if (!latest || next.version > latest.version) return
  throw new Refusal(
    'agreement-altered',
    `Version ${next.version} comes after version ${latest.version}, which this node has acted under`,
  )
}

/** The agreement in force that this node has last seen with all signatures. */
export async function latestAgreement({
  database,
}: {
  readonly database: NodeReader
}): Promise<Agreement | null> {
  return await latestInForce(database)
}

/**
 * The agreement that a task names, if this node may act under it: signed by all, and in force now or before. Whoever
 * goes on under an earlier one sees to it that the latest allows that too. Null for a consortium that never had one.
 * Throws `agreement-refused`, `agreement-altered`, `agreement-unsigned`.
 */
export async function agreementFor(
  context: HubContext,
  task: { agreement: Digest | null; roster: Digest },
): Promise<Agreement | null> {
  const latest = await latestAgreement(context)
  if (task.agreement === null) {
    if (latest === null) return null
    throw new Refusal('agreement-refused', 'The task names no agreement, but this node works under one')
  }
  const isLatest = latest !== null && digestOfDocument(latest) === task.agreement
  const agreement = isLatest ? latest : await agreementShown(context, task.agreement)
  if (agreement.roster !== task.roster) {
    throw new Refusal('agreement-refused', 'The task names another roster than its agreement')
  }
  return agreement
}

async function agreementShown(context: HubContext, digest: Digest): Promise<Agreement> {
  const { inForce } = await context.call(hubEndpoints.getAgreement)
  if (!inForce) throw unshown()
  const latest = await acceptAgreement(context, inForce)
  if (digestOfDocument(latest) === digest) return latest
  const read = async (earlier: Digest): Promise<{ document: Agreement }> => {
    const document = await findInForce(context.database, earlier)
    if (document) return { document }
    const shown = await context.call(hubEndpoints.getAgreementOf, { params: { agreement: earlier } })
    checkAgreement(checkIsAsked(shown, earlier), (await rosterFor(context, shown.document.roster)).document)
    return shown
  }
  return (await earlierVersion(inForce, digest, { read, altered: unshown })).document
}

function unshown(): Refusal {
  return new Refusal('agreement-altered', 'The task is bound to an agreement that the hub does not show', {
    hint: 'Compare `consort agreement show` with the other partners.',
  })
}

/** The agreement in force now, as the hub shows it; the latest that is known here while the hub does not answer. */
export async function currentAgreement(context: HubContext): Promise<Agreement | null> {
  const latest = await latestAgreement(context)
  let view: AgreementView
  try {
    view = await context.call(hubEndpoints.getAgreement)
  } catch (error) {
    if (isRefusal(error, 'unreachable')) return latest
    throw error
  }
  const { inForce } = view
  if (!inForce || (latest && digestOfDocument(latest) === digestOfDocument(inForce.document))) return latest
  return await acceptAgreement(context, inForce)
}

/** Acts on it from now on, if it is signed by all and follows from what was before. */
async function acceptAgreement(context: HubContext, signed: SignedAgreement): Promise<Agreement> {
  const { document } = signed
  const roster = await rosterFor(context, document.roster)
  checkAgreement(signed, roster.document)
  const { version } = document
  const digest = digestOfDocument(document)
  await context.database.transaction().execute(async transaction => {
    const within = { ...context, database: transaction }
    const latest = await latestAgreement(within)
    if (latest && digestOfDocument(latest) === digest) return // accepted by another call meanwhile
    await checkSuccession(within, document)
    await keepInForce(transaction, document)
    await appendEvent(context, transaction, {
      kind: 'agreement-accepted',
      body: { version, agreement: digest },
    })
  })
  return document
}
