import assert from 'node:assert/strict'
import test from 'node:test'
import {
  type Chunk,
  chunkBytes,
  encodeTensors,
  manifestOf,
  parseRecipe,
  type Recipe,
} from '@consort/protocol'
import { trainedParts } from '../families/families.ts'
import { chunksOf } from './chunks-of.ts'
import { initialChunks } from './initial-chunks.ts'

/** A model of some 50 bytes for each hidden unit. */
function recipeWith(units: number): Recipe {
  const features = Array.from({ length: 10 }, (_, place) => ({ name: `x${place}`, kind: 'number' as const }))
  return parseRecipe({
    recipe: 1,
    name: 'wide',
    dataset: 'd',
    task: { kind: 'classification', classes: ['a', 'b'] },
    input: { kind: 'table', features },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units }] },
    seed: 7,
  })
}

/** The chunks, the bytes that they make together, and how many threads were started for them. */
async function chunksAndThreads(recipe: Recipe) {
  let threads = 0
  const count = (): void => void threads++
  process.on('worker', count)
  const chunks: Chunk[] = []
  const parts: Uint8Array[] = []
  for await (const { chunk, bytes } of initialChunks(recipe)) {
    chunks.push(chunk)
    parts.push(bytes)
  }
  process.off('worker', count)
  return { chunks, file: Buffer.concat(parts), threads }
}

for (const [what, units, threads] of [
  ['a small model is made at once', 100, 0],
  ['a large model is made in a thread of its own', 200_000, 1],
] as const)
  test(`${what}, and its chunks are those of the file that anybody makes from the seed`, async () => {
    const recipe = recipeWith(units)
    const { layout, initialWeights } = trainedParts(recipe)
    const file = encodeTensors(layout, initialWeights(recipe.seed))
    const made = await chunksAndThreads(recipe)
    assert.deepEqual(made.chunks, manifestOf(file).chunks)
    assert.equal(Buffer.compare(made.file, file), 0)
    assert.equal(made.threads, threads)
  })

test('whoever stops asking ends the thread, and one that cannot make the weights fails', async () => {
  for await (const _ of initialChunks(recipeWith(200_000))) break
  const impossible = { ...recipeWith(200_000), name: 'No Name' }
  const asking = initialChunks(impossible).next()
  await assert.rejects(asking, ({ stack }: Error) => /lower-case letters/.test(stack ?? ''))
})

test('the first piece is made without the others', () => {
  const pieces = chunksOf(recipeWith(200_000))
  const before = process.memoryUsage().arrayBuffers
  assert.equal(pieces.next().value?.bytes.length, chunkBytes)
  assert.ok(process.memoryUsage().arrayBuffers - before < 1.5 * chunkBytes)
})
