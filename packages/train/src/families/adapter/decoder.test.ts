import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { AdapterSpec, TensorLayout } from '@consort/protocol'
import { type DecodeRequest, openDecoder } from '@consort/train/engine'
import type { FrozenTensors } from '../../graph/graph.ts'
import { filled, filledBase, tinyAdapter } from '../../testing/tiny-base.ts'
import type { ReadableBase } from '../readable-base.ts'
import { planOf } from './adapter-plan.ts'

interface Reference {
  readonly peft: string
  readonly prompt: number[]
  readonly cases: Readonly<
    Record<
      string,
      { config: AdapterSpec['base']['config']; targets: string[]; continued?: Record<number, number[]> }
    >
  >
}
const path = new URL('../../../fixtures/adapters.json', import.meta.url)
const reference: Reference = JSON.parse(readFileSync(path, 'utf8'))
const greedy = { tokensMax: 5, temperature: 0, seed: 1, stop: new Set<number>() }
const prompt = Int32Array.from(reference.prompt)

/** A base whose numbers have to be read. */
function inMemory(tensors: FrozenTensors): ReadableBase {
  const place = { path: '/nowhere', offset: 0, bytes: 0 }
  return {
    tensor: name => ({ dtype: 'F16', shape: tensors[name]!.shape, place }),
    read: async name => tensors[name]!.data as Float32Array,
  }
}

async function opened(name: string) {
  const { config, targets } = reference.cases[name]!
  const spec = tinyAdapter(config, { task: 'generate', targets })
  const weights = (layout: TensorLayout): Float32Array => {
    const values = new Float32Array(layout.size)
    for (const { name: tensor, shape, offset } of layout.tensors) values.set(filled(tensor, shape), offset)
    return values
  }
  const decoder = await openDecoder(spec, {
    base: inMemory(filledBase(planOf(spec, { outputs: 0, lengthMax: 64 }))),
    weights,
  })
  return {
    close: decoder.close,
    async decode(changes: Partial<DecodeRequest> = {}): Promise<number[]> {
      const made: number[] = []
      for await (const token of decoder.decode({ prompt, ...greedy, ...changes })) made.push(token)
      return made
    },
  }
}

for (const [name, { continued }] of Object.entries(reference.cases)) {
  if (!continued) continue
  test(`${name}: goes on as transformers with PEFT ${reference.peft} does, token by token`, async () => {
    const decoder = await opened(name)
    assert.ok(new Set(Object.values(continued).flat()).size > 1, 'there is something to tell apart')
    for (const [count, expected] of Object.entries(continued)) {
      const beginning = prompt.subarray(0, Number(count))
      assert.deepEqual(await decoder.decode({ prompt: beginning }), expected, `after ${count} tokens`)
    }
    await decoder.close()
  })
}

test('a stop token ends the text and is not told; a seed fixes what is drawn', async () => {
  const decoder = await opened('llama')
  const beginning = prompt.subarray(0, 5)
  const [first, second] = reference.cases.llama!.continued![5]!
  assert.notEqual(first, second)
  assert.deepEqual(await decoder.decode({ prompt: beginning, stop: new Set([second!]) }), [first])
  const drawn = await decoder.decode({ temperature: 2, seed: 5 })
  assert.deepEqual(await decoder.decode({ temperature: 2, seed: 5 }), drawn)
  assert.notDeepEqual(await decoder.decode({ temperature: 2, seed: 6 }), drawn)
  assert.deepEqual(await decoder.decode({ temperature: 1e-4, seed: 5 }), await decoder.decode())
  await decoder.close()
})

test('a prompt that does not fit, and a base that writes nothing, are refused by name', async () => {
  const decoder = await opened('llama')
  const refused = (changes: Partial<DecodeRequest>, message: RegExp) =>
    assert.rejects(decoder.decode(changes), { code: 'input-invalid', message })
  await refused({ prompt: new Int32Array() }, /is empty/)
  await refused({ tokensMax: 26 }, /26 more tokens are more than the 64 that tiny can hold/)
  await refused({ prompt: Int32Array.of(13) }, /outside the 13/)
  await decoder.close()
  await assert.rejects(opened('gpt2'), { code: 'recipe-invalid', message: /tiny is a gpt2/ })
})
