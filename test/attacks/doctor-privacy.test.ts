import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { drawnDigits } from '@consort/attacks'
import { readImage, writeIdx } from '@consort/data'
import { consort } from '../cli-process.ts'
import { openNetwork } from '../network.ts'

const columns = 8
const sideOf = (pictures: number): number => pictures * 30 + 2

test('doctor privacy shows records beside what a hub makes of them, and says how many come out', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'consort-doctor-'))
  try {
    const picture = join(directory, 'seen.png')
    const { code, out, err } = await consort('doctor', 'privacy', '--json', '-o', picture)
    assert.equal(code, 0, err)
    const { updates } = JSON.parse(out) as {
      updates: { records: number; sent: string; recovered: number }[]
    }
    const recovered = (sent: string): number[] =>
      updates.filter(update => update.sent === sent).map(update => update.recovered)
    assert.equal(recovered('plain')[0], 1)
    assert.ok(recovered('imprinted')[2]! > 32, `${recovered('imprinted')}`)
    assert.deepEqual(recovered('private'), [0, 0, 0])

    const size = { channels: 1, height: sideOf(1 + updates.length), width: sideOf(columns) } as const
    const pixels = await readImage(picture, size)
    const pictureAt = (row: number): Uint8Array =>
      Uint8Array.from({ length: 784 }, (_, place) => {
        const [down, across] = [2 + row * 30 + Math.floor(place / 28), 2 + (place % 28)]
        return pixels[down * size.width + across]!
      })
    assert.deepEqual(pictureAt(0), drawnDigits(1, 1).inputs)
    assert.deepEqual(pictureAt(1), pictureAt(0), 'recovered to the last grey')
    assert.notDeepEqual(pictureAt(3), pictureAt(0))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})

test('doctor privacy takes records of the node’s own; a table has no pictures', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 40 })
  const at = (name: string): string => join(network.directory, name)
  const { count, inputs, labels } = drawnDigits(20, 5)
  const images = { kind: 'images', count, height: 28, width: 28, channels: 1 } as const
  const files = { images: at('images.gz'), labels: at('labels.gz') }
  await writeIdx({ ...images, pixels: inputs as Uint8Array, labels: Array.from(labels, String) }, files)
  await network.addDataset('a', { dataset: 'digits', source: { kind: 'idx', ...files }, validation: 0.2 })
  const doctor = (...line: string[]) =>
    consort('--data', at('a'), 'doctor', 'privacy', '--json', '-o', at('seen.png'), ...line)
  const own = await doctor('--dataset', 'digits', '--record', '10')
  assert.equal(own.code, 0, own.err)
  const { updates } = JSON.parse(own.out) as { updates: { records: number; recovered: number }[] }
  assert.deepEqual(
    updates.map(({ records }) => records),
    [1, 1, 1, 8, 8, 8],
  )
  assert.equal(updates[0]!.recovered, 1)
  const refused = await doctor('--dataset', 'plane')
  assert.equal(refused.code, 3, refused.err)
  assert.match(refused.err, /plane is a table/)
})
