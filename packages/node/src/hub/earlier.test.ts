import assert from 'node:assert/strict'
import test from 'node:test'
import { type Digest, digestOfJson, Refusal } from '@consort/protocol'
import { earlierVersion } from './earlier.ts'

interface Version {
  readonly document: { readonly version: number; readonly previous: Digest | null; readonly name: string }
}

const digestOf = ({ document }: Version): Digest => digestOfJson(document)
const version = (number: number, before: Version | null, name = 'ours'): Version => ({
  document: { version: number, previous: before && digestOf(before), name },
})

function find(inForce: Version, digest: Digest, known: readonly Version[]): Promise<Version> {
  return earlierVersion(inForce, digest, {
    read: async asked => {
      const found = known.find(one => digestOf(one) === asked)
      if (found) return found
      throw new Refusal('not-found', 'there is none')
    },
    altered: () => new Refusal('roster-altered', 'the chain does not lead there'),
  })
}

test('a version is found by the chain from the one in force, and none that the chain does not lead to', async () => {
  const first = version(1, null)
  const second = version(2, first)
  const fourth = version(4, second) // the third was never signed by all
  const known = [first, second, fourth]
  assert.equal(await find(fourth, digestOf(first), known), first)
  assert.equal(await find(fourth, digestOf(second), known), second)
  const forked = version(2, first, 'forked')
  const altered = { code: 'roster-altered' }
  await assert.rejects(find(fourth, digestOf(forked), [...known, forked]), altered)
  await assert.rejects(find(fourth, digestOf(first), [fourth]), altered)
  const backwards = version(3, version(5, null))
  await assert.rejects(find(backwards, backwards.document.previous!, [version(5, null)]), altered)
})
