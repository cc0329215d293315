import {
  fingerprintOf,
  hubEndpoints,
  missingSigners,
  nodeEndpoints,
  Refusal,
  type RosterView,
  type SignedRoster,
} from '@consort/protocol'
import { confirms } from '../output/confirms.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { placeOf, type Session, withHub, withNode } from '../session.ts'

/** Prints the roster with the fingerprints that members compare. */
export async function showRoster(session: Session): Promise<void> {
  const view = await readRoster(session)
  printResult(session.terminal, view, () => rosterText(session, view))
}

/** A node shows what it sees of the hub; the hub shows its own. */
async function readRoster(session: Session): Promise<RosterView> {
  if (placeOf(session).kind === 'hub') return await withHub(session, call => call(hubEndpoints.getRoster))
  return await withNode(session, call => call(nodeEndpoints.showRoster))
}

function rosterText({ say, terminal }: Session, { inForce, proposed }: RosterView): string {
  if (!inForce && !proposed) return say.rosterNone
  const table = ({ document: { hub, members } }: SignedRoster): string =>
    formatTable(
      terminal,
      [say.word.name, say.word.role, say.word.fingerprint],
      [
        [say.word.hub, '', fingerprintOf(hub)],
        ...members.map(({ name, role, key }) => [name, say.word[role], fingerprintOf(key)]),
      ],
    )
  const parts: string[] = []
  if (inForce) parts.push(`${say.rosterInForce(inForce.document.version)}\n${table(inForce)}`)
  if (proposed) {
    const missing = missingSigners(proposed).join(say.comma)
    parts.push(
      `${say.rosterProposed(proposed.document.version, missing)}\n${table(proposed)}\n${say.rosterCompare}`,
    )
  }
  return parts.join('\n\n')
}

/** Signs what a person has compared: shows the fingerprints, asks, and signs exactly the version that was shown. */
export async function signRoster(session: Session, { yes }: { yes: boolean }): Promise<void> {
  const { say, terminal } = session
  const view = await readRoster(session)
  if (!view.proposed) {
    printResult(terminal, view, () => say.rosterNothing)
    return
  }
  const { version } = view.proposed.document
  if (!yes) {
    note(terminal, rosterText(session, view))
    if (!(await confirms(session, say.rosterQuestion(version)))) {
      throw new Refusal('state-conflict', 'Nothing was signed', { hint: say.needYes })
    }
  }
  const after = await withNode(session, call => call(nodeEndpoints.confirmRoster, { body: { version } }))
  const missing = after.proposed ? missingSigners(after.proposed).join(session.say.comma) : ''
  printResult(terminal, after, () => say.rosterSigned(version, missing))
}
