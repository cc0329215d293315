import assert from 'node:assert/strict'
import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { digestOfBytes, Refusal } from '@consort/protocol'
import { archives, openOldNetwork } from './old-directories.ts'

const ownVersion: string = JSON.parse(readFileSync('package.json', 'utf8')).version

/** Each file below a directory, with the digest of what it holds. */
function contentsOf(directory: string): Map<string, string> {
  const paths = globSync('**', { cwd: directory }).filter(path => statSync(join(directory, path)).isFile())
  return new Map(paths.sort().map(path => [path, digestOfBytes(readFileSync(join(directory, path)))]))
}

/** Writes down what a later version would have. */
function ageBackwards(path: string, owner: string): () => void {
  const write = (...statements: string[]): void => {
    const database = new DatabaseSync(path)
    for (const statement of statements) database.exec(statement)
    database.close()
  }
  write(
    `update consort_version set version = '99.0.0'`,
    `insert into consort_migration (owner, name) values ('${owner}', 'of-tomorrow')`,
  )
  return () =>
    write(
      `update consort_version set version = '${ownVersion}'`,
      `delete from consort_migration where name = 'of-tomorrow'`,
    )
}

async function assertRefused(attempt: Promise<unknown>, migration: string): Promise<void> {
  await assert.rejects(attempt, error => {
    assert.ok(error instanceof Refusal, String(error))
    assert.equal(error.code, 'directory-newer')
    for (const named of ['99.0.0', ownVersion, migration])
      assert.ok(error.message.includes(named), `${named} is named in “${error.message}”`)
    assert.match(error.hint ?? '', /Consort 99\.0\.0 or a later one/)
    return true
  })
}

test('directories of a newer version are refused, unchanged, and open again with that version', async () => {
  await using old = await openOldNetwork(archives.at(-1)!)
  const { network } = old
  for (const name of ['a', 'b']) await network.stopNode(name)
  await network.hub[Symbol.asyncDispose]()
  const giveHubBack = ageBackwards(join(network.directory, 'hub', 'hub.sqlite'), 'hub')
  const giveNodeBack = ageBackwards(join(network.directory, 'a', 'node.sqlite'), 'node')
  const before = contentsOf(network.directory)

  await assertRefused(network.restartHub(), 'hub/of-tomorrow')
  await assertRefused(network.startNode('a'), 'node/of-tomorrow')
  assert.deepEqual(contentsOf(network.directory), before)

  giveHubBack()
  giveNodeBack()
  await network.restartHub()
  assert.equal((await network.startNode('a')).enrolment.name, 'a')
})
