import { type Caller, hubEndpoints, type Invite, Refusal } from '@consort/protocol'
import type { DataDirectory, FileSystem } from '@consort/storage'
import type { Enrolment } from '../enrolment.ts'
import { readEnrolment, writeEnrolment } from './enrolment-file.ts'

/**
 * Takes up an invite with this node's key. Safe to repeat with the same invite, also when the answer was lost. Throws
 * the hub's refusals, `roster-altered` when the hub is not the one that the invite names, `already-exists` when this
 * directory belongs to another enrolment.
 */
export async function enrolNode(
  invite: Invite,
  { directory, files, call }: { directory: DataDirectory; files: FileSystem; call: Caller },
): Promise<Enrolment> {
  const known = readEnrolment(directory)
  if (known && (known.hubKey !== invite.hubKey || known.name !== invite.name)) {
    throw new Refusal(
      'already-exists',
      `This directory is enrolled as ${known.name} in ${known.consortium}`,
      {
        hint: 'Give the new enrolment a directory of its own with --data.',
      },
    )
  }
  if (known) return known
  const hub = await call(hubEndpoints.getHub)
  if (hub.key !== invite.hubKey) {
    throw new Refusal(
      'roster-altered',
      `The hub at ${invite.hubUrl} is not the one that issued the invite: its key is another`,
      {
        hint: 'Somebody may be answering in its place. Ask its operator by telephone.',
      },
    )
  }
  const { member } = await call(hubEndpoints.enrol, { body: { invite: invite.id, secret: invite.secret } })
  const { hubUrl, hubKey, consortium, name, role } = invite
  const enrolment: Enrolment = { hubUrl, hubKey, consortium, member, name, role }
  await writeEnrolment(files, directory, enrolment)
  return enrolment
}
