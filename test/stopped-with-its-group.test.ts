import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { consort, startConsort } from './cli-process.ts'

const program = fileURLToPath(new URL('../packages/cli/bin/consort.js', import.meta.url))

/**
 * systemd and `timeout` send SIGTERM to every process of a group. The launcher passes it on to one that has it already;
 * whether the two arrive as one is the kernel's to say, so this test repeats it.
 */
test('a node that is told to end more than once ends in order', async context => {
  const folder = mkdtempSync(join(tmpdir(), 'consort-group-'))
  context.after(() => rmSync(folder, { recursive: true }))
  const at = (name: string) => join(folder, name)
  await using _hub = await startConsort('--data', at('hub'), 'hub', 'start', '--listen', '127.0.0.1:0')
  const { invite } = JSON.parse((await consort('--data', at('hub'), 'hub', 'invite', 'a', '--json')).out)
  assert.equal((await consort('--data', at('a'), 'partner', 'enrol', invite)).code, 0)
  const node = spawn(process.execPath, [program, '--data', at('a'), 'partner', 'start', '--json'], {
    detached: true, // a group of its own
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await once(node.stdout, 'data')
  assert.ok(existsSync(join(at('a'), 'in-use.json')), 'it runs')
  const ended = once(node, 'exit')
  for (let times = 0; times < 5 && node.exitCode === null; times++) {
    process.kill(-node.pid!, 'SIGTERM')
    await wait(2)
  }
  await ended
  assert.equal(existsSync(join(at('a'), 'in-use.json')), false, 'it says that it has stopped')
})
