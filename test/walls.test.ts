import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { canariesIn, filesBelow, type Searched } from '../examples/pilot/canary-search.ts'
import { openNetwork } from './network.ts'
import { tableRecipe } from './table-data.ts'

/** Texts and numbers that nothing else contains, one in every column of the table. */
const canaries = ['canary-in-a-note', '7341.90625', '-5520.03125', 'canary-of-a-class']

function writeCanaries(path: string): void {
  const rows = Array.from({ length: 80 }, (_, index) => {
    const isCanary = index % 4 === 0
    const [note, x, y] = isCanary ? canaries : ['plain', (index % 7) - 3, (index % 5) - 2]
    return `${note},${x},${y},${index % 2 ? 'ill' : 'well'}`
  })
  writeFileSync(path, `note,x,y,state\n${rows.join('\n')}\n`)
}

const found = (where: readonly Searched[]): string[] => canariesIn(where, canaries)

test('no raw record reaches the hub: canaries in every column are nowhere in its traffic or on its disk', async () => {
  const traffic: Buffer[] = []
  await using network = await openNetwork({ link: { onSent: bytes => traffic.push(bytes) } })
  for (const name of ['a', 'b']) await network.join(name)
  await network.signRoster()
  for (const name of ['a', 'b']) {
    const path = join(network.directory, `${name}.csv`)
    writeCanaries(path)
    await network.addDataset(name, {
      dataset: 'plane',
      source: { kind: 'csv', path, label: 'state' },
      validation: 0.2,
    })
  }
  const view = await network.awaitRun(
    await network.startRun({ ...tableRecipe, optimiser: { kind: 'sgd', learningRate: 1e-6 } }),
  )
  assert.equal(view.phase, 'done', view.reason)
  // A failure travels too, and must not carry the cell that it stumbled over.
  const path = join(network.directory, 'a.csv')
  writeFileSync(path, readFileSync(path, 'utf8').replace('plain,', `${canaries[3]},`))
  assert.equal((await network.awaitRun(await network.startRun(tableRecipe))).phase, 'failed')

  const sent = { name: 'traffic', bytes: Buffer.concat(traffic) }
  assert.ok(sent.bytes.length > 10_000, 'traffic was captured')
  assert.deepEqual(found([sent, ...filesBelow(join(network.directory, 'hub'))]), [])

  const leak = Buffer.from(`{"note":"${canaries[0]}"}`)
  const raw = Buffer.from(canaries[0]!)
  const leaks = {
    text: leak,
    hexadecimal: Buffer.from(leak.toString('hex')),
    'base64 at 0': Buffer.from(raw.toString('base64')),
    'base64 at 1': Buffer.from(Buffer.concat([Buffer.from('x'), raw]).toString('base64')),
    'base64 at 2': Buffer.from(Buffer.concat([Buffer.from('xy'), raw]).toString('base64url')),
  }
  for (const [name, bytes] of Object.entries(leaks)) {
    const where = [{ name, bytes: Buffer.concat([sent.bytes, bytes]) }]
    assert.deepEqual(found(where), [`${canaries[0]} in ${name}`])
  }
  for (const Float of [Float32Array, Float64Array]) {
    const floats = Buffer.from(Float.of(1, Number(canaries[1]), Number(canaries[2])).buffer)
    assert.deepEqual(found([{ name: 'floats', bytes: floats }]), [
      `${canaries[1]} in floats`,
      `${canaries[2]} in floats`,
    ])
  }
})
