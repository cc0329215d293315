import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { digestSchema, nearNames, Refusal } from '@consort/protocol'
import { localFiles } from '@consort/storage'
import type { OpenBase } from '../base.ts'
import { openTensors } from '../files/open-tensors.ts'
import { readTensor } from '../weights/read-tensor.ts'
import { type BaseRecord, baseRecordSchema, digestOfBase } from './base-record.ts'
import { holdLock } from './lock-file.ts'
import { digestOfFile } from './stage-file.ts'
import { lockName, recordName, removeFolder, withStoreLock } from './store-folder.ts'

/** The bases of one node: a folder for each, named by its digest. */
export interface BaseStore {
  readonly path: string
  /** By name. Folders whose record cannot be read are given beside. */
  list(): Promise<{ bases: BaseRecord[]; unreadable: string[] }>
  /** By name or digest. Throws `not-found`. */
  find(name: string): Promise<BaseRecord>
  /**
   * Opens a base by name or digest for reading; it cannot be removed until it is closed. Sizes and record are checked,
   * the content by `verify` alone. Throws `not-found`, and `digest-mismatch` for files that are not what was added.
   */
  open(name: string): Promise<OpenBase>
  /** Reads every byte. Throws `digest-mismatch` with the name of the file that changed. */
  verify(name: string): Promise<BaseRecord>
  /** Throws `state-conflict` while any process of this machine has it open. */
  remove(name: string): Promise<BaseRecord>
}

/** The store in `path`, such as `bases/` of a node's directory. It may be used by several processes at once. */
export function openBaseStore(path: string): BaseStore {
  const folderOf = ({ sha256 }: BaseRecord): string => join(path, sha256.slice('sha256:'.length))

  const list = async () => {
    const names = (await localFiles.list(path)).filter(name => /^[0-9a-f]{64}$/.test(name)).sort()
    const read = await Promise.all(
      names.map(async name => ({ name, record: await readRecord(join(path, name), name) })),
    )
    return {
      bases: read.flatMap(({ record }) => record ?? []).sort((a, b) => (a.name < b.name ? -1 : 1)),
      unreadable: read.flatMap(({ name, record }) => (record ? [] : [name])),
    }
  }

  const find = async (name: string): Promise<BaseRecord> => {
    const { bases } = await list()
    const found = bases.find(base => base.name === name || base.sha256 === name)
    if (found) return found
    const near = nearNames(
      name,
      bases.map(base => base.name),
    )
    throw new Refusal('not-found', `No base is kept here as ${name.slice(0, 100)}`, {
      hint:
        near.length > 0
          ? `Did you mean ${near.join(' or ')}?`
          : '`consort base list` shows all; `consort base add FOLDER` adds one.',
    })
  }

  return {
    path,
    list,
    find,
    async open(name) {
      const record = await find(name)
      return await openKept(folderOf(record), record)
    },
    async verify(name) {
      const record = await find(name)
      for (const kept of [...record.files, ...record.beside]) {
        const { bytes, sha256 } = await digestOfFile(join(folderOf(record), kept.name))
        if (bytes !== kept.bytes || sha256 !== kept.sha256) throw changed(record, kept.name)
      }
      return record
    },
    remove: name =>
      withStoreLock(path, async () => {
        const record = await find(name)
        const folder = folderOf(record)
        using alone = holdLock(join(folder, lockName), 'alone')
        if (!alone)
          throw new Refusal('state-conflict', `${record.name} is in use: a training or an agent reads it`, {
            hint: 'Wait for the run to end, or close the agent (`consort agent close`), and try again.',
          })
        await removeFolder(folder)
        return record
      }),
  }
}

async function openKept(folder: string, record: BaseRecord): Promise<OpenBase> {
  const lease = leaseOf(folder, record)
  try {
    for (const { name, bytes } of record.files) {
      const found = await stat(join(folder, name)).catch(() => undefined)
      if (found?.size !== bytes) throw changed(record, name)
    }
    const { config, tensors, tokenizer, close } = await openTensors(
      folder,
      record.files.map(({ name }) => name),
    )
    const tensorOf = (name: string) => {
      const tensor = tensors.get(name)
      if (tensor) return tensor
      throw new Refusal('not-found', `${record.name} has no tensor ${name.slice(0, 100)}`, {
        hint: 'An output layer or a pooler may be missing: take a base that has it, or another task.',
      })
    }
    const names = [...tensors.keys()]
    return {
      ...{ name: record.name, sha256: record.sha256, family: config.family, config },
      tensorNames: () => names,
      tensor(name) {
        const { dtype, shape, place, pairedHeads } = tensorOf(name)
        return { dtype, shape, place, ...(pairedHeads !== undefined && { pairedHeads }) }
      },
      read: async name => await readTensor(tensorOf(name)),
      tokenizer,
      async close() {
        await close()
        lease[Symbol.dispose]()
      },
    }
  } catch (error) {
    lease[Symbol.dispose]()
    throw error
  }
}

function leaseOf(folder: string, record: BaseRecord): Disposable {
  const gone = (cause?: unknown) =>
    new Refusal('not-found', `${record.name} is being removed`, { hint: 'Add it again.', cause })
  let lease: Disposable | undefined
  try {
    lease = holdLock(join(folder, lockName), 'shared')
  } catch (error) {
    throw gone(error)
  }
  if (!lease) throw gone()
  return lease
}

/** Undefined where it is no record of the base that the folder names. */
async function readRecord(folder: string, hex: string): Promise<BaseRecord | undefined> {
  try {
    const record = baseRecordSchema.parse(JSON.parse(await readFile(join(folder, recordName), 'utf8')))
    const digest = digestOfBase(record.files)
    return digest === record.sha256 && digest === digestSchema.parse(`sha256:${hex}`) ? record : undefined
  } catch {
    return undefined
  }
}

function changed(record: BaseRecord, file: string): Refusal {
  return new Refusal('digest-mismatch', `${file} of ${record.name} is not what was added`, {
    hint: `Remove the base (\`consort base remove ${record.name}\`) and add it again; look after the disk.`,
    path: file,
  })
}
