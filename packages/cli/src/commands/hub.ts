import { openHub, readHubConfig } from '@consort/hub'
import { fingerprintOf, hubEndpoints, type MemberRole } from '@consort/protocol'
import { boundNursery, openCollector } from '../nursery.ts'
import { note, printResult } from '../output/terminal.ts'
import { type Session, withHub } from '../session.ts'
import { untilAborted } from './until-aborted.ts'

export interface HubStartOptions {
  readonly listen?: string
  readonly consortium?: string
  readonly publicUrl?: string
}

/** Runs a hub until it is stopped. */
export async function startHub(
  session: Session,
  { listen, consortium, publicUrl }: HubStartOptions,
): Promise<void> {
  const { say, terminal, signal } = session
  const config = readHubConfig({
    ...session.environment,
    ...(session.data !== undefined && { CONSORT_DATA: session.data }),
    ...(listen !== undefined && { CONSORT_LISTEN: listen }),
    ...(consortium !== undefined && { CONSORT_CONSORTIUM: consortium }),
    ...(publicUrl !== undefined && { CONSORT_PUBLIC_URL: publicUrl }),
  })
  await using hub = await openHub(config, { collect: openCollector() })
  using _ = boundNursery()
  note(terminal, say.hubListening(hub.url, config.dataPath))
  note(terminal, say.hubKey(fingerprintOf(hub.key)))
  note(terminal, say.stopWith)
  printResult(terminal, { url: hub.url, key: hub.key, data: config.dataPath }, () => hub.url)
  await untilAborted(signal)
}

/** Makes an invite, good for one node and once, and prints it. */
export async function inviteMember(
  session: Session,
  name: string,
  { role }: { role: MemberRole },
): Promise<void> {
  const { invite } = await withHub(session, call => call(hubEndpoints.createInvite, { body: { name, role } }))
  note(session.terminal, session.say.inviteFor(name))
  printResult(session.terminal, { invite, name, role }, () => invite)
}
