import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ChainHead, emptyChain, formatExport, parseExport, verifyEntries } from '@consort/agreements'
import { Refusal } from '@consort/protocol'
import { databasePlace, parseDatabaseUrl, readLog } from '@consort/storage'
import { printResult } from '../output/terminal.ts'
import { keyAt, placeOf, type Session } from '../session.ts'

/** Verifies the log of a directory, running or not, or an exported file, offline. */
export async function verifyLog(session: Session, file: string | undefined): Promise<void> {
  const { count, head, owner } = file === undefined ? await verifyDirectory(session) : verifyFile(file)
  printResult(session.terminal, { holds: true, entries: count, head: head.digest, owner }, () =>
    session.say.logHolds(count, head.digest),
  )
}

async function verifyDirectory(session: Session) {
  const { entries, owner } = await ownLog(session)
  return { count: entries.length, head: verifyEntries(emptyChain(owner), entries), owner }
}

function verifyFile(file: string): { count: number; head: ChainHead; owner: string } {
  if (!existsSync(file)) throw new Refusal('not-found', `There is no file ${file}`)
  const { entries, head, owner } = parseExport(readFileSync(file, 'utf8'))
  return { count: entries.length, head, owner }
}

/** Writes the whole audit log to a file, to be verified elsewhere. */
export async function exportLog(session: Session, file: string): Promise<void> {
  const { entries, key } = await ownLog(session)
  writeFileSync(file, formatExport(entries, key))
  printResult(session.terminal, { file, entries: entries.length }, () =>
    session.say.logExported(entries.length, file),
  )
}

async function ownLog(session: Session) {
  const place = placeOf(session)
  const key = keyAt(place.path, `${place.kind}.key`)
  const url = parseDatabaseUrl(session.environment.CONSORT_DATABASE_URL)
  const entries = await readLog(databasePlace(url, join(place.path, `${place.kind}.sqlite`)))
  return { entries, key, owner: key.publicKey }
}
