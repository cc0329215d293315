import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { openNetwork } from './network.ts'
import { tableRecipe } from './table-data.ts'

/** Texts and numbers that nothing else contains, one in every column of the table. */
const canaries = ['canary-in-a-note', '7341.90625', '-5520.03125', 'canary-of-a-class']

function writeCanaries(path: string): void {
  const rows = Array.from({ length: 40 }, (_, index) => {
    const isCanary = index % 4 === 0
    const [note, x, y] = isCanary ? canaries : ['plain', (index % 7) - 3, (index % 5) - 2]
    return `${note},${x},${y},${index % 2 ? 'ill' : 'well'}`
  })
  writeFileSync(path, `note,x,y,state\n${rows.join('\n')}\n`)
}

/** Everything that lies in a directory, file by file. */
function filesBelow(directory: string): { name: string; bytes: Buffer }[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => ({ name: entry.name, bytes: readFileSync(join(entry.parentPath, entry.name)) }))
}

/** A number may travel as text or as a float of either width. */
function spellings(canary: string): Buffer[] {
  const number = Number(canary)
  if (Number.isNaN(number))
    return [
      Buffer.from(canary),
      Buffer.from(canary, 'utf16le'),
      Buffer.from(Buffer.from(canary).toString('base64').slice(0, -4)),
    ]
  const float32 = Buffer.alloc(4)
  float32.writeFloatLE(number)
  const float64 = Buffer.alloc(8)
  float64.writeDoubleLE(number)
  return [Buffer.from(canary), float32, float64]
}

function found(where: readonly { name: string; bytes: Buffer }[]): string[] {
  return where.flatMap(({ name, bytes }) =>
    canaries
      .filter(canary => spellings(canary).some(spelling => bytes.includes(spelling)))
      .map(canary => `${canary} in ${name}`),
  )
}

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
  assert.deepEqual(found([{ name: 'leak', bytes: Buffer.concat([sent.bytes, leak]) }]), [
    `${canaries[0]} in leak`,
  ])
  const floats = Buffer.from(Float32Array.of(1, Number(canaries[1])).buffer)
  assert.deepEqual(found([{ name: 'floats', bytes: floats }]), [`${canaries[1]} in floats`])
})
