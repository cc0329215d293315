import { serveConsole } from '@consort/console/serve'
import { enrol, openNode } from '@consort/node'
import { fingerprintOf, isNewerVersion, nodeEndpoints, parseInvite, type Result } from '@consort/protocol'
import { exitCodes } from '../exit-codes.ts'
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

/** Prints what the node of this directory is doing. Returns the exit code: `unreachable` where none runs. */
export async function partnerStatus(session: Session): Promise<number> {
  const { say, terminal } = session
  const [status, { isRunning, path }] = await withNode(session, async (call, node) => [
    await call(nodeEndpoints.getNode),
    node,
  ])
  const state = isRunning ? status.state : say.word.notRunning
  printResult(terminal, status, () =>
    formatTable(
      terminal,
      [say.word.name, say.word.role, say.word.state, say.word.hub],
      [[status.name, say.word[status.role], state, `${status.hubUrl} (${status.hubSeen ?? '–'})`]],
    ),
  )
  noteVersions(session, status)
  if (isRunning) return exitCodes.done
  note(terminal, say.nodeNotRunning(path))
  return exitCodes.unreachable
}

/** Says which side to upgrade, where hub and node run different versions. */
function noteVersions({ say, terminal }: Session, status: Result<typeof nodeEndpoints.getNode>): void {
  const { hubVersion: hub, version: node } = status
  if (hub === null || hub === node) return
  note(terminal, say.versionsDiffer({ hub, node, older: isNewerVersion(hub, node) ? 'node' : 'hub' }))
}
