import { resolve } from 'node:path'
import { Refusal } from '@consort/basics'

/** An error of the file system as a refusal that names the path; every other error as it is. */
export function fileRefusal(path: string, error: unknown): unknown {
  const code = errorCode(error)
  if (code === undefined) return error
  const what = reasons[code] ?? `cannot be read (${code})`
  return new Refusal('data-unreadable', `${path} ${what}`, {
    hint: `Paths are those of the machine that the node runs on; this one is ${resolve(path)}.`,
    cause: error,
  })
}

/** Of a file that is another one after it was read. */
export function changedRefusal(path: string): Refusal {
  return new Refusal('data-changed', `${path} changed while it was read`, {
    hint: 'Write it under another name and rename it when it is complete; then try again.',
  })
}

const reasons: Record<string, string> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this process',
  EPERM: 'may not be read by this process',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'is a file, not a folder',
  ERR_FS_FILE_TOO_LARGE: 'is larger than 2 GiB: split it into several data sets',
}

function errorCode(error: unknown): string | undefined {
  if (!(error instanceof Error && 'code' in error && typeof error.code === 'string')) return undefined
  return 'syscall' in error || error.code in reasons ? error.code : undefined
}
