import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import type { RecipeInput } from '@consort/protocol'
import { pino } from 'pino'
import { canariesIn, filesBelow, type Searched } from '../examples/pilot/canary-search.ts'
import { openNetwork } from './network.ts'
import { tableRecipe } from './table-data.ts'

/** 128 bits in every column of texts, all that a number holds in every column of numbers. */
const person = '9c41e7b0d25f4a83b6e01f7c58d3a92e'
const note = '5e0a83f1c7d94b26a18f30e2d9b47c65'
const unknownClass = 'e3b7d1058fa24c69970d4e81b5c62fa0'
const [x, y] = ['7341.9062519874563', '-5520.0312571936428']
const canaries = [person, note, x, y, unknownClass]
const members = ['a', 'b', 'c', 'd']

function writeCanaries(path: string): void {
  const rows = Array.from({ length: 80 }, (_, index) => {
    const isCanary = index % 4 === 0
    const cells = isCanary ? [person, note, x, y] : [`p${index}`, 'plain', (index % 7) - 3, (index % 5) - 2]
    return [...cells, index % 2 ? 'ill' : 'well'].join(',')
  })
  writeFileSync(path, `person,note,x,y,state\n${rows.join('\n')}\n`)
}

const found = (where: readonly Searched[]): string[] => canariesIn(where, canaries)

const words = 'Everything but training is exempt in this test.'
const policy = {
  cpu: { threads: 1 },
  privacy: {
    budgets: [{ dataset: 'plane', epsilon: 900, person: 'person', recordsMax: 20 }],
    exempt: { metrics: words, statistics: words, trials: words },
  },
}

const plain: RecipeInput = { ...tableRecipe, optimiser: { kind: 'sgd', learningRate: 1e-6 } }
const guarded: RecipeInput = {
  ...plain,
  federation: { rounds: 2, partnersMin: 4, roundWithinSeconds: 60 },
  privacy: { secureAggregation: true, differentialPrivacy: { clip: 1, noiseMultiplier: 8 } },
}

test('no raw record reaches the hub: canaries in every column are nowhere in its traffic, its log or on its disk', async () => {
  const traffic: Buffer[] = []
  const logged: Buffer[] = []
  const log = pino({ level: 'trace' }, { write: line => void logged.push(Buffer.from(line)) })
  await using network = await openNetwork({
    link: { onSent: bytes => traffic.push(bytes) },
    hubParts: { log },
  })
  for (const name of members) await network.join(name)
  await network.signRoster()
  for (const name of members) {
    const path = join(network.directory, `${name}.csv`)
    writeCanaries(path)
    const source = { kind: 'csv', path, label: 'state' } as const
    await network.addDataset(name, { dataset: 'plane', source, validation: 0.2 })
  }
  for (const recipe of [plain, guarded]) {
    const view = await network.awaitRun(await network.startRun(recipe))
    assert.equal(view.phase, 'done', view.reason)
    for (const name of members)
      writeFileSync(join(network.directory, name, 'policy.yaml'), JSON.stringify(policy))
  }
  // A failure travels too, and must not carry the cell that it stumbled over.
  const path = join(network.directory, 'a.csv')
  writeFileSync(path, readFileSync(path, 'utf8').replace(',ill', `,${unknownClass}`))
  const failed = await network.awaitRun(await network.startRun({ ...guarded, seed: 2 }))
  assert.ok(failed.history[0]!.members.find(({ name }) => name === 'a')?.failure)

  const sent = { name: 'traffic', bytes: Buffer.concat(traffic) }
  const said = { name: 'log', bytes: Buffer.concat(logged) }
  assert.ok(sent.bytes.length > 10_000, 'traffic was captured')
  assert.ok(said.bytes.includes('hub-listening'), 'the log was captured')
  assert.deepEqual(found([sent, said, ...filesBelow(join(network.directory, 'hub'))]), [])
  assert.equal(
    found(filesBelow(network.directory)).length >= 4 * 4,
    true,
    'the search finds the records themselves',
  )

  const leak = Buffer.from(`{"note":"${note}"}`)
  const raw = Buffer.from(note)
  const leaks = {
    text: leak,
    hexadecimal: Buffer.from(leak.toString('hex').toUpperCase()),
    'base64 at 0': Buffer.from(raw.toString('base64')),
    'base64 at 1': Buffer.from(Buffer.concat([Buffer.from('x'), raw]).toString('base64')),
    'base64 at 2': Buffer.from(Buffer.concat([Buffer.from('xy'), raw]).toString('base64url')),
    gzip: gzipSync(leak),
    deflate: deflateSync(leak),
    zstd: zstdCompressSync(leak.toString().repeat(20)),
  }
  for (const [name, bytes] of Object.entries(leaks)) {
    const where = [{ name, bytes: Buffer.concat([sent.bytes, bytes]) }]
    assert.deepEqual(found(where), [`${note} in ${name}`])
  }
  assert.deepEqual(found([{ name: 'brotli', bytes: brotliCompressSync(leak) }]), [`${note} in brotli`])
  for (const Float of [Float32Array, Float64Array]) {
    const floats = Buffer.from(Float.of(1, Number(x), Number(y)).buffer)
    assert.deepEqual(found([{ name: 'floats', bytes: floats }]), [`${x} in floats`, `${y} in floats`])
  }
})
