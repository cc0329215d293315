import { createReadStream, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type ChainHead, emptyChain, exportLines, verifyExport } from '@consort/agreements'
import { Refusal } from '@consort/protocol'
import { type LogPlace, type LogSegment, readLog, segmentElsewhere } from '@consort/storage'
import { linesOf } from '../output/lines-of.ts'
import { printResult } from '../output/terminal.ts'
import { keyAt, placeOf, type Session } from '../session.ts'
import { openStored } from '../stored.ts'

interface Verified {
  readonly head: ChainHead
  readonly owner: string
  /** Segments whose files were moved away. */
  readonly elsewhere: readonly LogSegment[]
}

/** Verifies the log of a directory, running or not, or an exported file, offline. It may be longer than memory. */
export async function verifyLog(session: Session, file: string | undefined): Promise<void> {
  const { head, owner, elsewhere } = await (file === undefined ? verifyDirectory(session) : verifyFile(file))
  const { say } = session
  const away = elsewhere.map(({ number, first, last, file: digest }) => ({
    segment: number,
    first,
    last,
    digest,
  }))
  const result = {
    holds: true,
    entries: head.seq,
    head: head.digest,
    owner,
    ...(away.length > 0 && { elsewhere: away }),
  }
  printResult(session.terminal, result, () =>
    [say.logHolds(head.seq, head.digest), ...away.map(say.segmentElsewhere)].join('\n'),
  )
}

async function verifyDirectory(session: Session): Promise<Verified> {
  await using log = await openStored(session)
  const { owner } = ownKey(session)
  let head = emptyChain(owner)
  const elsewhere: LogSegment[] = []
  for await (const part of readLog(log, owner)) {
    head = part.head
    if (part.kind === 'elsewhere') elsewhere.push(part.segment)
  }
  return { head, owner, elsewhere }
}

async function verifyFile(file: string): Promise<Verified> {
  if (!existsSync(file)) throw new Refusal('not-found', `There is no file ${file}`)
  return { ...(await verifyExport(linesOf(createReadStream(file, 'utf8')))), elsewhere: [] }
}

const lettersAtOnce = 1_000_000

/** Writes the whole audit log to a file, to be verified elsewhere. Of a log that does not hold nothing is written. */
export async function exportLog(session: Session, file: string): Promise<void> {
  const { elsewhere } = await verifyDirectory(session)
  if (elsewhere[0]) throw segmentElsewhere(elsewhere[0])
  const { key } = ownKey(session)
  await using log = await openStored(session)
  await using output = await open(file, 'w')
  let lines = 0
  let text = ''
  for await (const line of exportLines(entriesOf(log, key.publicKey), key)) {
    text += `${line}\n`
    lines += 1
    if (text.length < lettersAtOnce) continue
    await output.appendFile(text)
    text = ''
  }
  await output.appendFile(text)
  const count = lines - 1
  printResult(session.terminal, { file, entries: count }, () => session.say.logExported(count, file))
}

/** Throws `gone` where a segment is elsewhere. */
async function* entriesOf(log: LogPlace, owner: string): AsyncGenerator<string, void> {
  for await (const part of readLog(log, owner)) {
    if (part.kind === 'elsewhere') throw segmentElsewhere(part.segment)
    yield* part.texts
  }
}

function ownKey(session: Session) {
  const place = placeOf(session)
  const key = keyAt(place.path, `${place.kind}.key`)
  return { key, owner: key.publicKey }
}
