import { join } from 'node:path'
import {
  type KeepSetting,
  lastSweep,
  measureFolder,
  measureTables,
  parseKeptDays,
  type Retention,
} from '@consort/storage'
import { storageWords } from '../language/storage-words.ts'
import { sizeText } from '../output/size-text.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { placeOf, type Session } from '../session.ts'
import { openStored, type Stored } from '../stored.ts'

type AnyRetention = Retention<string, string>

/** What a hub or a node says of its tables, folders and rules. */
interface Kept {
  readonly tables: Readonly<Record<string, AnyRetention>>
  readonly folders: Readonly<Record<string, AnyRetention>>
  readonly settings: Readonly<Record<string, KeepSetting>>
}

/**
 * Shows what each table and folder of a hub or a node takes, for how long it is kept, and what went last. It reads
 * beside the process, running or not, and holds it up in nothing.
 */
export async function showStorage(session: Session): Promise<void> {
  const { kind, path } = placeOf(session)
  const kept = await (kind === 'hub' ? hubKept() : nodeKept())
  await using stored = await openStored(session)
  const view = {
    kind,
    path,
    tables: await tablesOf(stored, kept),
    folders: await foldersOf(path, kept),
    rules: await rulesOf(session, stored, kept),
  }
  printResult(session.terminal, view, () => storageText(session, view, kept))
}

async function hubKept(): Promise<Kept> {
  const { hubFolderRetention, hubKeepSettings, hubTableRetention } = await import('@consort/hub')
  return { tables: hubTableRetention, folders: hubFolderRetention, settings: hubKeepSettings }
}

async function nodeKept(): Promise<Kept> {
  const { nodeFolderRetention, nodeKeepSettings, nodeTableRetention } = await import('@consort/node')
  return { tables: nodeTableRetention, folders: nodeFolderRetention, settings: nodeKeepSettings }
}

async function tablesOf({ database }: Stored, { tables }: Kept) {
  const measured = Object.entries(tables).map(([name, retention]) => ({
    name,
    since: retention.kind === 'swept' ? retention.since : undefined,
  }))
  const sizes = await measureTables(database, measured)
  return sizes
    .toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0))
    .map(size => ({ ...size, retention: tables[size.name]! }))
}

/** The archive is a folder inside that of the blobs, and is counted by itself. */
async function foldersOf(path: string, { folders }: Kept) {
  const names = Object.keys(folders)
  return await Promise.all(
    names.map(async name => {
      const inside = names
        .filter(other => other.startsWith(`${name}/`))
        .map(other => other.slice(name.length + 1))
      return { name, ...(await measureFolder(join(path, name), inside)), retention: folders[name]! }
    }),
  )
}

/** As each was last swept by; what the settings of this command say before that. */
async function rulesOf({ environment }: Session, { database }: Stored, { settings }: Kept) {
  const days = parseKeptDays(settings, environment)
  return await Promise.all(
    Object.entries(settings).map(async ([rule, { setting, says }]) => {
      const last = await lastSweep(database, rule)
      return {
        ...{ rule, setting, says, days: last?.days ?? days[rule]! },
        last: last ? { swept: last.swept, rows: last.rows, rowsEver: last.rowsEver } : null,
      }
    }),
  )
}

type Measured<Of extends (...of: never) => Promise<unknown>> = Awaited<ReturnType<Of>>

interface StorageView {
  readonly tables: Measured<typeof tablesOf>
  readonly folders: Measured<typeof foldersOf>
  readonly rules: Measured<typeof rulesOf>
}

function storageText({ say, terminal }: Session, view: StorageView, { settings }: Kept): string {
  const { language } = say
  const word = storageWords[language]
  const ruleOf = (retention: AnyRetention): string => {
    if (retention.kind === 'swept') return settings[retention.rule]!.setting
    const words = retention.kind === 'kept' ? retention.why : retention.by
    return `${word[retention.kind]}${words[language]}`
  }
  const tables = view.tables.map(({ name, rows, bytes, oldest, retention }) => [
    name,
    rows,
    bytes === null ? '' : sizeText(bytes),
    oldest?.slice(0, 'yyyy-mm-dd'.length) ?? '',
    ruleOf(retention),
  ])
  const folders = view.folders.map(({ name, files, bytes, retention }) => [
    `${name}/`,
    files,
    sizeText(bytes),
    '',
    ruleOf(retention),
  ])
  const rules = view.rules.map(({ setting, says, days, last }) => [
    setting,
    days,
    says[language],
    last?.swept.slice(0, 'yyyy-mm-ddThh:mm'.length).replace('T', ' ') ?? '',
    last?.rowsEver ?? 0,
  ])
  return [
    formatTable(
      terminal,
      [word.table, word.rows, word.size, word.oldest, word.rule],
      [...tables, ...folders],
    ),
    formatTable(terminal, [word.setting, word.days, word.rule, word.swept, word.gone], rules),
  ].join('\n\n')
}
