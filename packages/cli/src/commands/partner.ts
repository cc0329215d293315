import { serveConsole } from '@consort/console/serve'
import { enrol, openNode } from '@consort/node'
import { fingerprintOf, isNewerVersion, nodeEndpoints, parseInvite, type Result } from '@consort/protocol'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { nodeConfigOf, type Session, withNode } from '../session.ts'
import { untilAborted } from './until-aborted.ts'

/** Takes up an invite: this directory becomes that of an enrolled node. */
export async function enrolPartner(session: Session, invite: string): Promise<void> {
  const { say, terminal } = session
  const { key, ...enrolment } = await enrol(nodeConfigOf(session), parseInvite(invite))
  const result = {
    ...enrolment,
    fingerprint: fingerprintOf(key.publicKey),
    hubFingerprint: fingerprintOf(enrolment.hubKey),
  }
  printResult(terminal, result, () =>
    [
      say.enrolled(enrolment.name, enrolment.consortium),
      formatTable(
        terminal,
        ['', say.word.fingerprint],
        [
          [enrolment.name, result.fingerprint],
          [say.word.hub, result.hubFingerprint],
        ],
      ),
    ].join('\n'),
  )
  note(terminal, say.enrolledNext)
}

/** Runs the node until it is stopped. */
export async function startPartner(session: Session): Promise<void> {
  const { say, terminal, signal } = session
  await using node = await openNode(nodeConfigOf(session), {
    work: true,
    parts: { console: serveConsole },
  })
  note(terminal, say.nodeWorking(node.enrolment.name, node.enrolment.hubUrl))
  note(terminal, say.stopWith)
  printResult(terminal, { url: node.url, name: node.enrolment.name }, () => node.url)
  await Promise.race([untilAborted(signal), node.working])
}

/** Prints what the node of this directory is doing. */
export async function partnerStatus(session: Session): Promise<void> {
  const { say, terminal } = session
  const status = await withNode(session, call => call(nodeEndpoints.getNode))
  printResult(terminal, status, () =>
    formatTable(
      terminal,
      [say.word.name, say.word.role, say.word.state, say.word.hub],
      [[status.name, say.word[status.role], status.state, `${status.hubUrl} (${status.hubSeen ?? '–'})`]],
    ),
  )
  noteVersions(session, status)
}

/** Says which side to upgrade, where hub and node run different versions. */
function noteVersions({ say, terminal }: Session, status: Result<typeof nodeEndpoints.getNode>): void {
  const { hubVersion: hub, version: node } = status
  if (hub === null || hub === node) return
  note(terminal, say.versionsDiffer({ hub, node, older: isNewerVersion(hub, node) ? 'node' : 'hub' }))
}
