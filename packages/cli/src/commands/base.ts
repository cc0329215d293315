import { join } from 'node:path'
import {
  type Added,
  addBase,
  type BaseRecord,
  type BaseStore,
  fetchBase,
  localSource,
  openBaseStore,
} from '@consort/bases'
import { openOutgoing } from '@consort/node'
import { Refusal } from '@consort/protocol'
import { createLiveLines } from '../output/live-lines.ts'
import { sizeText } from '../output/size-text.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { nodeConfigOf, placeOf, type Session } from '../session.ts'

export interface BaseAddOptions {
  readonly name?: string
  readonly licence?: string
  readonly limit?: string
}

/** Adds a base to the store of this node's directory. Only `hf:NAME` asks another machine. */
export async function addToBases(session: Session, source: string, options: BaseAddOptions): Promise<void> {
  const { say, terminal } = session
  const { path } = storeOf(session)
  const lines = createLiveLines(terminal)
  const done = new Map<string, number>()
  const onBytes = (file: string, bytes: number): void => {
    session.signal.throwIfAborted()
    done.set(file, (done.get(file) ?? 0) + bytes)
    lines.draw([say.base.progress(file, sizeText(done.get(file)!))])
  }
  let added: Added
  try {
    added = source.startsWith('hf:')
      ? await fetchFromHub(session, path, source.slice('hf:'.length), options, onBytes)
      : await addBase(path, await localSource(source, options), { onBytes })
  } finally {
    lines.end()
  }
  const { base, isNew } = added
  printResult(terminal, { ...base, isNew }, () =>
    [isNew ? say.base.added(base.name) : say.base.wasThere(base.name), tableOf(session, [base])].join('\n\n'),
  )
  if (base.notFinite.length > 0) note(terminal, say.base.notFinite(base.notFinite))
}

async function fetchFromHub(
  session: Session,
  path: string,
  model: string,
  { name, licence, limit = '16' }: BaseAddOptions,
  onBytes: (file: string, bytes: number) => void,
): Promise<Added> {
  const { environment, signal, say, terminal } = session
  if (!/^\d{1,5}(\.\d+)?$/.test(limit) || Number(limit) === 0)
    throw new Refusal('input-invalid', `--limit ${limit} is no number of GiB`, {
      hint: 'Such as --limit 16.',
    })
  if (/^(1|true|yes|on)$/i.test(environment.HF_HUB_OFFLINE ?? ''))
    throw new Refusal('not-allowed', 'HF_HUB_OFFLINE forbids to ask the Hugging Face hub', {
      hint: 'Unset it, or add the base from a folder or a GGUF file.',
    })
  const endpoint = endpointOf(environment.HF_ENDPOINT || 'https://huggingface.co')
  note(terminal, say.base.asks(new URL(endpoint).host))
  const { proxy } = nodeConfigOf(session)
  await using outgoing = openOutgoing({ proxy, connect: {}, keepAliveMs: 1000 })
  const access = { endpoint, token: environment.HF_TOKEN || undefined, fetch: outgoing.fetch, signal }
  return await fetchBase(path, { model, name, licence, bytesMax: Number(limit) * 2 ** 30 }, access, onBytes)
}

function endpointOf(text: string): string {
  const url = URL.parse(text)
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return text
  throw new Refusal('input-invalid', 'HF_ENDPOINT is no address', {
    hint: 'Write it as https://hub.example, or unset it for huggingface.co.',
  })
}

/** Prints the bases that this node has. */
export async function listBases(session: Session): Promise<void> {
  const { say, terminal } = session
  const { bases, unreadable } = await storeOf(session).list()
  printResult(terminal, bases, () => (bases.length === 0 ? say.nothingYet : tableOf(session, bases)))
  for (const folder of unreadable) note(terminal, say.base.unreadable(folder))
}

/** Prints one base, named by its name or digest, and its files. */
export async function showBase(session: Session, name: string): Promise<void> {
  const { say, terminal } = session
  const base = await storeOf(session).find(name)
  const { word, licenceFrom } = say.base
  printResult(terminal, base, () =>
    [
      tableOf(session, [base]),
      `${word.digest}: ${base.sha256}\n${word.licence}: ${base.licence.name} (${word.says}: ${licenceFrom[base.licence.from]})`,
      formatTable(
        terminal,
        [word.file, word.size, word.digest],
        [...base.files, ...base.beside].map(file => [file.name, sizeText(file.bytes), file.sha256]),
      ),
    ].join('\n\n'),
  )
  if (base.notFinite.length > 0) note(terminal, say.base.notFinite(base.notFinite))
}

/** Compares every byte of a base with what was added. */
export async function verifyBase(session: Session, name: string): Promise<void> {
  const base = await storeOf(session).verify(name)
  printResult(session.terminal, base, () => session.say.base.verified(base.name))
}

/** Removes a base from the store, unless it is in use. */
export async function removeBase(session: Session, name: string): Promise<void> {
  const base = await storeOf(session).remove(name)
  printResult(session.terminal, base, () => session.say.base.removed(base.name))
}

/** Works beside the node, running or not: what uses a base holds a lock on it. */
function storeOf(session: Session): BaseStore {
  const { kind, path } = placeOf(session)
  if (kind === 'node') return openBaseStore(join(path, 'bases'))
  throw new Refusal('state-conflict', `${path} is a hub's directory, and a hub has no base models`, {
    hint: 'Name the directory of a node with --data.',
  })
}

function tableOf({ say, terminal }: Session, bases: readonly BaseRecord[]): string {
  const { word } = say.base
  return formatTable(
    terminal,
    [word.name, word.family, word.parameters, word.size, word.licence, word.digest],
    bases.map(({ name, family, parameters, files, licence, sha256 }) => [
      name,
      family,
      parameters,
      sizeText(files.reduce((sum, { bytes }) => sum + bytes, 0)),
      licence.name,
      sha256.slice(0, 'sha256:'.length + 12),
    ]),
  )
}
