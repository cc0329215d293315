import { constants } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { basename } from 'node:path'
import { hasCode } from '@consort/storage'
import { weightsRefusal } from './weights-refusal.ts'

/** A file that is read by position. */
export interface WeightsFile {
  readonly path: string
  /** Without folders, for messages. */
  readonly name: string
  readonly bytes: number
  /** Fills `into` from `position` on. Throws `weights-invalid` where the file ends before. */
  read(position: number, into: Uint8Array): Promise<void>
  close(): Promise<void>
}

/** Opens an ordinary file. Throws `weights-invalid` for a link or a device. */
export async function openWeightsFile(path: string): Promise<WeightsFile> {
  const name = basename(path)
  const handle = await openPlain(path)
  const { size } = await handle.stat()
  return {
    path,
    name,
    bytes: size,
    async read(position, into) {
      for (let done = 0; done < into.length; ) {
        const { bytesRead } = await handle.read(into, done, into.length - done, position + done)
        if (bytesRead === 0) throw weightsRefusal(name, 'it ends too early')
        done += bytesRead
      }
    },
    close: () => handle.close(),
  }
}

/** Opens a file that is no link, pipe or device: whatever it says then comes from the folder that was named. */
export async function openPlain(path: string): Promise<FileHandle> {
  const name = basename(path)
  const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    error => {
      if (hasCode(error, 'ELOOP')) throw linkRefusal(name)
      throw error
    },
  )
  const stat = await handle.stat()
  if (stat.isFile()) return handle
  await handle.close()
  throw weightsRefusal(name, 'it is no ordinary file', 'Give a folder that holds the files themselves.')
}

function linkRefusal(name: string) {
  return weightsRefusal(
    name,
    'it is a link to somewhere else',
    'Copy what the links name (`cp -rL FOLDER COPY`), and give the copy.',
  )
}
