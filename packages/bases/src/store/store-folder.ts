import { randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Refusal } from '@consort/protocol'
import { localFiles } from '@consort/storage'
import { holdLock, makeLock } from './lock-file.ts'

/** In each folder of a base: who reads it holds it with others, who removes it holds it alone. */
export const lockName = 'lock'
/** In each folder of a base: what the store knows of it. */
export const recordName = 'base.json'

const partSuffix = '.part'

/** Works alone among all who add to a store or remove from it. Throws `busy` when another takes long. */
export async function withStoreLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = join(path, lockName)
  await localFiles.makeDirectory(path)
  makeLock(lock)
  for (let tries = 0; tries < 100; tries++) {
    using alone = holdLock(lock, 'alone')
    if (alone) return await work()
    await sleep(100)
  }
  throw new Refusal('busy', 'Another process adds or removes a base', {
    hint: 'Try again when it has ended.',
  })
}

/** A new folder that becomes a base, or is swept when its process dies. */
export async function newPart(path: string): Promise<{ folder: string; lease: Disposable }> {
  const folder = join(path, `${randomUUID()}${partSuffix}`)
  await localFiles.makeDirectory(folder)
  const lock = join(folder, lockName)
  makeLock(lock)
  const lease = holdLock(lock, 'shared')
  if (!lease) throw new Error('A lock that was just made is held')
  return { folder, lease }
}

/** Takes a folder out of the store in one step, so that a crash leaves nothing that looks like a base. */
export async function removeFolder(folder: string): Promise<void> {
  const gone = await setAside(folder)
  await localFiles.syncDirectory(join(folder, '..'))
  await rm(gone, { recursive: true, force: true })
}

/** Gives a folder the name of one that is swept as soon as nobody uses it. Returns its new path. */
export async function setAside(folder: string): Promise<string> {
  const aside = join(folder, '..', `${randomUUID()}${partSuffix}`)
  await rename(folder, aside)
  return aside
}

/** Removes what additions and removals left that were cut. */
export async function sweepParts(path: string): Promise<void> {
  for (const name of await readdir(path)) {
    if (!name.endsWith(partSuffix)) continue
    const folder = join(path, name)
    const lock = join(folder, lockName)
    if ((await localFiles.size(lock)) !== undefined) {
      using alone = holdLock(lock, 'alone')
      if (!alone) continue
    }
    await rm(folder, { recursive: true, force: true })
  }
}
