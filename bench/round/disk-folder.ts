import { mkdtempSync, rmSync, statfsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A temporary folder, gone when disposed. */
export type DiskFolder = { path: string } & Disposable

/** File system type of Linux's tmpfs, where syncing a file costs nothing and files are memory (statfs(2)). */
const tmpfs = 0x01021994

/** A new folder on a real disk, since what is raced here syncs its files. */
export function openDiskFolder(): DiskFolder {
  const parent = [tmpdir(), '/var/tmp'].find(path => statfsSync(path).type !== tmpfs) ?? tmpdir()
  const path = mkdtempSync(join(parent, 'consort-bench-'))
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
