import { copyFileSync, mkdirSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import { join, relative } from 'node:path'
import type { Random } from '@consort/protocol'
import type { FileSystem, WritableFile } from '@consort/storage'
import { createLossyFiles, type LossyFiles } from '@consort/storage/testing'
import { databasesOf } from './built-in-sqlite.ts'
import { DeadError, type Life } from './life.ts'

/** What a machine's disk does wrong just now. */
export interface DiskFaults {
  isFull: boolean
  /** The next sync fails, and `onFailedSync` is told. */
  failsSync: boolean
  onFailedSync: () => void
}

/** A machine's files: those that go through the product's port lie in memory, SQLite's in a directory. */
export interface Disk {
  /** Where this life's data directory is. */
  readonly root: string
  readonly files: LossyFiles
}

/** What is not kept from one life to the next: locks, marks of use (a copy has another inode), and what says where a process listens. */
const passing = /^(lock.*|in-use\.json|hub\.json|node\.json|.*-shm)$/

/** A machine's disk as it was prepared in `from`: the files of the port are loaded, the rest copied to `root`. */
export async function loadDisk(from: string, root: string): Promise<Disk> {
  mkdirSync(root, { recursive: true })
  const files = createLossyFiles()
  await files.makeDirectory('/')
  await loadFolder(files, from, '/')
  for (const entry of readdirSync(from, { withFileTypes: true }))
    if (entry.isFile() && !passing.test(entry.name))
      copyFileSync(join(from, entry.name), join(root, entry.name))
  return { root, files }
}

async function loadFolder(files: FileSystem, from: string, to: string): Promise<void> {
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const path = join(to, entry.name)
    if (entry.isDirectory()) {
      await files.makeDirectory(path)
      await loadFolder(files, join(from, entry.name), path)
    } else if (!/sqlite|^lock/.test(entry.name)) {
      const file = await files.create(path)
      await file.write(readFileSync(join(from, entry.name)))
      await file.sync()
    }
  }
  await files.syncDirectory(to)
}

/**
 * The disk after a life has ended without notice. When the power failed, each thing that was not synced is lost or not,
 * by chance; after a mere kill all of it is there.
 */
export function diskAfterDeath(
  { root, files }: Disk,
  life: Life,
  { newRoot, isPowerLost, random }: { newRoot: string; isPowerLost: boolean; random: Random },
): Disk {
  mkdirSync(newRoot, { recursive: true })
  for (const entry of readdirSync(root, { withFileTypes: true }))
    if (entry.isFile() && !passing.test(entry.name))
      copyFileSync(join(root, entry.name), join(newRoot, entry.name))
  if (isPowerLost) {
    files.losePower(() => random.uniform() < 0.5)
    for (const { path, durableBytes } of databasesOf(life)) {
      const log = join(newRoot, `${relative(root, path)}-wal`)
      if (!path.startsWith(root) || path.endsWith('/lock') || random.uniform() < 0.25) continue
      try {
        truncateSync(log, durableBytes)
      } catch {} // it has no log yet
    }
  }
  return { root: newRoot, files }
}

/** The files of a disk as one life sees them: by its own paths, perhaps its last operation, perhaps failing. */
export function filesOf(
  { root, files }: Disk,
  life: Life,
  { faults, pause }: { faults: DiskFaults; pause: () => Promise<void> },
): FileSystem {
  const inside = (path: string): string => `/${relative(root, path)}`
  /** A read, which a dead life no longer gets. */
  const alive = <T>(work: () => T): T => {
    if (life.isDead) throw new DeadError('DeadError')
    return work()
  }
  const step = async <T>(what: string, work: () => Promise<T>, fault = (): void => {}): Promise<T> => {
    await pause()
    alive(() => life.onDisk('before', what))
    alive(fault)
    const done = await work()
    alive(() => life.onDisk('after', what))
    return alive(() => done)
  }
  const noRoom = (): void => {
    if (faults.isFull) throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' })
  }
  const noSync = (): void => {
    if (!faults.failsSync) return
    faults.failsSync = false
    faults.onFailedSync()
    throw Object.assign(new Error('EIO: i/o error, fsync'), { code: 'EIO' })
  }
  const create = async (path: string): Promise<WritableFile> => {
    const file = await files.create(inside(path))
    return {
      write: bytes => step('write', () => file.write(bytes), noRoom),
      sync: () => step('sync', file.sync, noSync),
      close: file.close,
    }
  }
  const makeDirectory = async (path: string): Promise<string | undefined> => {
    const first = await files.makeDirectory(inside(path))
    return first && join(root, first)
  }
  return {
    create: path => step('create', () => create(path), noRoom),
    read: async (path, into) => await alive(() => files.read(inside(path), into)),
    stream: path => alive(() => files.stream(inside(path))),
    size: async path => await alive(() => files.size(inside(path))),
    list: async path => await alive(() => files.list(inside(path))),
    rename: (from, to) => step('rename', () => files.rename(inside(from), inside(to))),
    remove: path => step('remove', () => files.remove(inside(path))),
    makeDirectory: path => step('make-directory', () => makeDirectory(path)),
    syncDirectory: path => step('sync-directory', () => files.syncDirectory(inside(path)), noSync),
  }
}
