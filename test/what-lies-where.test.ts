import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { addBase, localSource } from '@consort/bases'
import { fixture } from '@consort/bases/testing/tiny-bases'
import { nodeEndpoints } from '@consort/protocol'
import { joinPartners, putTriage, trainModel } from './asking.ts'
import { openNetwork } from './network.ts'

/** The names in the first column of the table of `docs/operating.md` that has this heading. */
function documented(heading: string): Set<string> {
  const text = readFileSync('docs/operating.md', 'utf8')
  const table = text.slice(text.indexOf(`| ${heading} |`)).split('\n\n')[0]!
  return new Set([...table.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name!))
}

/** What a process wrote into its directory, without what SQLite puts beside its files while it runs. */
function written(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true })
    .map(entry => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .filter(name => !/-(wal|shm|journal)$/.test(name) && name !== 'lock')
}

test('the operating guide names everything that a hub and a node write', async () => {
  await using network = await openNetwork()
  await joinPartners(network)
  await putTriage(network, await trainModel(network))
  assert.equal((await network.callNode('a')(nodeEndpoints.listAgents)).agents.length, 1)
  await addBase(join(network.directory, 'a', 'bases'), await localSource(fixture('tiny-llama.gguf')))
  for (const [name, heading] of [
    ['hub', 'in a hub’s directory'],
    ['a', 'in a node’s directory'],
  ] as const) {
    const names = written(join(network.directory, name))
    assert.ok(names.length >= 5, `${name} has written its files`)
    const missing = names.filter(file => !documented(heading).has(file))
    assert.deepEqual(missing, [], name)
    const gone = [...documented(heading)].filter(file => !names.includes(file))
    assert.deepEqual(gone, [], `${name} writes no such thing`)
  }
})
