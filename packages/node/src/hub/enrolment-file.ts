import { existsSync, readFileSync } from 'node:fs'
import { Refusal } from '@consort/protocol'
import { type DataDirectory, type FileSystem, writeDurably } from '@consort/storage'
import { type Enrolment, enrolmentSchema } from '../enrolment.ts'

/** In the data directory; tells a node's directory from others. */
export const enrolmentFile = 'enrolment.json'

/**
 * What the directory's node is enrolled as; undefined where none is. Throws `input-invalid` for a file that is no
 * enrolment.
 */
export function readEnrolment(directory: DataDirectory): Enrolment | undefined {
  const path = directory.at(enrolmentFile)
  if (!existsSync(path)) return undefined
  try {
    return enrolmentSchema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (cause) {
    throw new Refusal('input-invalid', `${path} does not say what this node is enrolled as`, {
      hint: 'Restore it from a backup, or enrol again with a directory of its own (--data).',
      cause,
    })
  }
}

/** Writes down what the node is enrolled as; it is on disk when this returns. */
export async function writeEnrolment(
  files: FileSystem,
  directory: DataDirectory,
  enrolment: Enrolment,
): Promise<void> {
  const text = `${JSON.stringify(enrolment, null, 2)}\n`
  await writeDurably(files, directory.at(enrolmentFile), Buffer.from(text))
}
