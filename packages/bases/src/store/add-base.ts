import { rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { Refusal, sizeOfShape } from '@consort/protocol'
import { type FileSystem, localFiles, refusalOfFault, writeDurably } from '@consort/storage'
import { readConfig } from '../config/read-config.ts'
import { isDeciding, weightsKindOf } from '../files/known-files.ts'
import { openTensors, readJson } from '../files/open-tensors.ts'
import { isFiniteTensor } from '../weights/read-tensor.ts'
import { type BaseRecord, digestOfBase, type KeptFile, parseBaseName } from './base-record.ts'
import { openBaseStore } from './base-store.ts'
import { licenceOf } from './licence-of.ts'
import { copyFile, linkFile, type OnBytes, type SourceFile } from './stage-file.ts'
import { newPart, recordName, setAside, sweepParts, withStoreLock } from './store-folder.ts'

export interface BaseSource {
  readonly name: string
  readonly files: readonly SourceFile[]
  /** `link` for files that lie in the store already. */
  readonly take: 'copy' | 'link'
  /** As the operator says. */
  readonly licence?: string | undefined
}

export interface AddOptions {
  readonly onBytes?: OnBytes
  /** The disk, unless a test has another. */
  readonly files?: FileSystem
}

export interface Added {
  readonly base: BaseRecord
  /** False when the same files were there already. */
  readonly isNew: boolean
}

/**
 * Adds a base to the store in `path`: its files are copied, checked as a whole, synced, and take their place in one
 * step, so that a base is there whole or not at all. Throws `weights-invalid` as `openTensors` does, `name-taken`,
 * `already-exists` when it is there under another name, `input-invalid` without a licence, `data-changed` and
 * `disk-full`.
 */
export async function addBase(
  path: string,
  source: BaseSource,
  { onBytes = () => {}, files = localFiles }: AddOptions = {},
): Promise<Added> {
  const name = parseBaseName(source.name)
  const names = source.files.map(file => file.name)
  weightsKindOf(names)
  await refuseEarly(source)
  const { folder, lease } = await withStoreLock(path, async () => {
    await sweepParts(path)
    return await newPart(path)
  })
  try {
    const kept: KeptFile[] = []
    const take = source.take === 'copy' ? copyFile : linkFile
    for (const file of source.files) kept.push(await take({ folder, files, onBytes }, file))
    const base = await describe(folder, kept, { name, licence: source.licence })
    await writeDurably(files, join(folder, recordName), Buffer.from(`${JSON.stringify(base, null, 2)}\n`))
    return await withStoreLock(path, async () => await settle(path, folder, base))
  } catch (error) {
    throw refusalOfFault('node', error) ?? error
  } finally {
    lease[Symbol.dispose]()
    await rm(folder, { recursive: true, force: true })
  }
}

/** A family that is not built here is known before gigabytes are copied. */
async function refuseEarly({ files }: BaseSource): Promise<void> {
  const config = files.find(file => file.name === 'config.json')
  if (config) readConfig(await readJson(dirname(config.path), 'config.json'))
}

async function describe(
  folder: string,
  kept: readonly KeptFile[],
  { name, licence }: Pick<BaseSource, 'name' | 'licence'>,
): Promise<BaseRecord> {
  const names = kept.map(file => file.name)
  const { config, tensors, licence: gguf, close } = await openTensors(folder, names)
  try {
    const notFinite: string[] = []
    let parameters = 0
    for (const [tensorName, tensor] of tensors) {
      parameters += sizeOfShape(tensor.shape)
      if (!(await isFiniteTensor(tensor))) notFinite.push(tensorName)
    }
    const sorted = kept.toSorted((a, b) => (a.name < b.name ? -1 : 1))
    const files = sorted.filter(file => isDeciding(file.name))
    return {
      ...{ format: 1, name, sha256: digestOfBase(files), family: config.family, parameters },
      licence: await licenceOf(folder, names, { given: licence, gguf }),
      files,
      beside: sorted.filter(file => !isDeciding(file.name)),
      notFinite,
    }
  } finally {
    await close()
  }
}

/** Called while nobody else adds or removes. */
async function settle(path: string, folder: string, base: BaseRecord): Promise<Added> {
  const { bases, unreadable } = await openBaseStore(path).list()
  const same = bases.find(({ sha256 }) => sha256 === base.sha256)
  if (same?.name === base.name) return { base: same, isNew: false }
  if (same)
    throw new Refusal('already-exists', `This base is here already, as ${same.name}`, {
      hint: `Use it as ${same.name}, or remove it first and add it as ${base.name}.`,
    })
  if (bases.some(({ name }) => name === base.name))
    throw new Refusal('name-taken', `Another base is kept here as ${base.name}`, {
      hint: 'Give this one another name with --name, or remove the other with `consort base remove`.',
    })
  const hex = base.sha256.slice('sha256:'.length)
  // One whose record cannot be read is no base to anybody, and would be in the way.
  if (unreadable.includes(hex)) await setAside(join(path, hex))
  await localFiles.syncDirectory(folder)
  await rename(folder, join(path, hex))
  await localFiles.syncDirectory(path)
  return { base, isNew: true }
}
