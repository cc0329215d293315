import { chmod, chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Logger } from 'pino'
import type { Account } from './account.ts'

/** A private folder (0700) for one piece of training; removed with all it holds when disposed of. */
export interface TrainerFolder extends AsyncDisposable {
  readonly path: string
  /** Gives the folder and its files to a user; from then on only that user and root may enter. */
  handOver(account: Account): Promise<void>
}

/**
 * Lies in the temporary directory of the machine, which users other than the node's can reach: the data directory
 * is closed to them.
 */
export async function openTrainerFolder(member: string, log: Logger): Promise<TrainerFolder> {
  const path = await mkdtemp(join(tmpdir(), prefixOf(member)))
  return {
    path,
    async handOver({ uid, gid }) {
      for (const name of await readdir(path)) await chown(join(path, name), uid, gid)
      await chown(path, uid, gid) // last: until now nobody else could put a link in the way
    },
    [Symbol.asyncDispose]: () => removeFolder(path, log),
  }
}

/** At the start of a node: removes what a crash left of its folders. */
export async function sweepTrainerFolders(member: string, log: Logger): Promise<void> {
  const prefix = prefixOf(member)
  const left = (await readdir(tmpdir())).filter(name => name.startsWith(prefix))
  for (const name of left) await removeFolder(join(tmpdir(), name), log)
}

function prefixOf(member: string): string {
  return `consort-trainer-${member}-`
}

/** A folder that cannot be removed is no reason to lose the work: it is swept at the next start. */
async function removeFolder(path: string, log: Logger): Promise<void> {
  try {
    await chmod(path, 0o700)
    await rm(path, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
    log.warn({ path, error: String(error) }, 'trainer-folder-left')
  }
}
