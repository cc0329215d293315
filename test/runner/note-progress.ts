import { appendFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach } from 'node:test'
import { isMainThread } from 'node:worker_threads'

/**
 * Loaded before a test file: notes the file and each test that starts in a file that is named by the process, line by
 * line and at once, so that a test that blocks its process for good is known by name. Threads and programs that the
 * tests start note nothing; they can be told by their environment.
 */
const notes = process.env.CONSORT_TEST_NOTES
if (notes !== undefined && isMainThread) {
  delete process.env.CONSORT_TEST_NOTES
  process.env.CONSORT_TEST_OF = String(process.pid)
  const path = join(notes, String(process.pid))
  const note = (line: string): void => appendFileSync(path, `${line}\n`)
  note(process.argv[1] ?? '')
  process.once('exit', () => rmSync(path, { force: true }))
  beforeEach(context => note(context.fullName))
}
