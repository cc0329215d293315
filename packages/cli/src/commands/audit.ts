import { createReadStream, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { type ChainHead, emptyChain, exportLines, verifyEntries, verifyExport } from '@consort/agreements'
import { Refusal } from '@consort/protocol'
import { parseDatabaseUrl, readEventLog, readServerLog } from '@consort/storage'
import { linesOf } from '../output/lines-of.ts'
import { printResult } from '../output/terminal.ts'
import { keyAt, placeOf, type Session } from '../session.ts'

/** Verifies the log of a directory, running or not, or an exported file, offline. It may be longer than memory. */
export async function verifyLog(session: Session, file: string | undefined): Promise<void> {
  const { head, owner } = await (file === undefined ? verifyDirectory(session) : verifyFile(file))
  printResult(session.terminal, { holds: true, entries: head.seq, head: head.digest, owner }, () =>
    session.say.logHolds(head.seq, head.digest),
  )
}

async function verifyDirectory(session: Session): Promise<{ head: ChainHead; owner: string }> {
  const { entries, owner } = await ownLog(session)
  return { head: verifyEntries(emptyChain(owner), entries), owner }
}

async function verifyFile(file: string): Promise<{ head: ChainHead; owner: string }> {
  if (!existsSync(file)) throw new Refusal('not-found', `There is no file ${file}`)
  return await verifyExport(linesOf(createReadStream(file, 'utf8')))
}

const lettersAtOnce = 1_000_000

/** Writes the whole audit log to a file, to be verified elsewhere. Of a log that does not hold nothing is written. */
export async function exportLog(session: Session, file: string): Promise<void> {
  await verifyDirectory(session)
  const { entries, key } = await ownLog(session)
  await using output = await open(file, 'w')
  let lines = 0
  let text = ''
  for (const line of exportLines(entries, key)) {
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

async function ownLog(session: Session) {
  const place = placeOf(session)
  const key = keyAt(place.path, `${place.kind}.key`)
  const url = parseDatabaseUrl(session.environment.CONSORT_DATABASE_URL)
  const file = join(place.path, `${place.kind}.sqlite`)
  const entries = url === undefined ? readEventLog(file) : await readServerLog(url)
  return { entries, key, owner: key.publicKey }
}
