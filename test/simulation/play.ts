import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What the program that plays schedules has said, and its exit status. */
export interface Played {
  readonly status: number | null
  readonly output: string
}

/** Linux keeps these files in memory: nothing here has to outlive a real loss of power. */
const inMemory = '/dev/shm'

/** Plays schedules in a process of their own, from the tree in `root`: the built-ins of this one stay Node's. */
export async function play(
  line: readonly string[],
  { root = join(import.meta.dirname, '../..') }: { root?: string } = {},
): Promise<Played> {
  const temporary = mkdtempSync(join(existsSync(inMemory) ? inMemory : tmpdir(), 'consort-played-'))
  const { NODE_TEST_CONTEXT: _, ...env } = process.env
  const program = ['--conditions=source', '--disable-warning=ExperimentalWarning', 'test/simulation/main.ts']
  const child = spawn(process.execPath, [...program, ...line], {
    cwd: root,
    env: { ...env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => {
      output += text
    })
  }
  try {
    const status = await new Promise<number | null>((resolve, reject) => {
      child.once('close', resolve).once('error', reject)
    })
    return { status, output }
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}
