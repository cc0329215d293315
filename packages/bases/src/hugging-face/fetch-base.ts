import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { digestOfJson, Refusal } from '@consort/protocol'
import { localFiles } from '@consort/storage'
import { type Added, addBase } from '../store/add-base.ts'
import { baseNameSchema } from '../store/base-record.ts'
import { holdLock, makeLock } from '../store/lock-file.ts'
import type { OnBytes } from '../store/stage-file.ts'
import { lockName } from '../store/store-folder.ts'
import { fetchFile } from './fetch-file.ts'
import type { HubAccess } from './hub-call.ts'
import { modelFilesOf, tooLarge } from './model-files.ts'

export interface FetchedBase {
  /** `ORGANISATION/MODEL`, with `@REVISION` where it is not the newest. */
  readonly model: string
  /** Here, when it should have another name than there. */
  readonly name?: string | undefined
  readonly licence?: string | undefined
  readonly bytesMax: number
}

/** What is fetched lies here until it is whole: a cut one goes on where it stopped. */
const fetchingName = 'fetching'

/**
 * Fetches a base from the Hugging Face hub and adds it to the store in `path`. Only files with known names are
 * fetched, all of one commit. Throws as `modelFilesOf`, `fetchFile` and `addBase` do, and `busy` while another process
 * fetches the same.
 */
export async function fetchBase(
  path: string,
  { model, name, licence, bytesMax }: FetchedBase,
  access: HubAccess,
  onBytes: OnBytes = () => {},
): Promise<Added> {
  const [of, revision] = partsOf(model)
  const { commit, files } = await modelFilesOf(access, { name: of, revision, bytesMax })
  const folder = join(path, fetchingName, digestOfJson([access.endpoint, of]).slice('sha256:'.length))
  await localFiles.makeDirectory(folder)
  makeLock(join(folder, lockName))
  using alone = holdLock(join(folder, lockName), 'alone')
  if (!alone) throw new Refusal('busy', `Another process fetches ${of}`, { hint: 'Wait until it has ended.' })
  const fresh = join(folder, commit)
  for (const older of await readdir(folder))
    if (older !== commit && !older.startsWith(lockName)) await rm(join(folder, older), { recursive: true })
  await localFiles.makeDirectory(fresh)
  let total = 0
  for (const file of files) {
    const to = join(fresh, file.name)
    await fetchFile(
      access,
      { ...{ model: of, commit, remote: file.remote, to }, bytesMax: bytesMax - total },
      onBytes,
    )
    total += (await localFiles.size(to)) ?? 0
    if (total > bytesMax) throw tooLarge(total, bytesMax)
  }
  const sources = files.map(file => ({ name: file.name, path: join(fresh, file.name) }))
  const added = await addBase(
    path,
    { name: name ?? of, files: sources, take: 'link', licence },
    { onBytes: name => onBytes(name, 0) }, // they were told as they came
  ).catch(async error => {
    if (!isMended(error)) await rm(folder, { recursive: true, force: true })
    throw error
  })
  await rm(folder, { recursive: true, force: true })
  return added
}

/** Refused for what the operator says in other words, and not for what came: it is not fetched again. */
const isMended = (error: unknown): boolean =>
  !(error instanceof Refusal) ||
  ['input-invalid', 'name-taken', 'already-exists', 'busy', 'disk-full'].includes(error.code)

function partsOf(model: string): [name: string, revision: string] {
  const [name = '', revision = 'main', ...others] = model.split('@')
  if (others.length === 0 && baseNameSchema.safeParse(name).success && /^[\w.-]{1,100}$/.test(revision))
    return [name, revision]
  throw new Refusal('input-invalid', `${model.slice(0, 100)} names no model of the Hugging Face hub`, {
    hint: 'Write hf:ORGANISATION/MODEL, with @REVISION behind it for another one than main.',
  })
}
