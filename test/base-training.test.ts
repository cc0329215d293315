import assert from 'node:assert/strict'
import test from 'node:test'
import { addBase, layoutOfBase, localSource, openBaseStore, readConfig } from '@consort/bases'
import {
  bertFiles,
  folderOf,
  newFolder,
  recipeOver,
  safetensorsOf,
  tinyBert,
  tinyLlama,
} from '@consort/bases/testing/tiny-bases'
import { createRandom, type Recipe, sizeOfShape } from '@consort/protocol'
import { type AnyExamples, type FrozenTensors, frozenTensors, trainedParts } from '@consort/train'
import { openEngine } from '@consort/train/engine'

const tinyGpt2 = {
  ...{ model_type: 'gpt2', vocab_size: 12, n_embd: 8, n_layer: 1, n_head: 2, n_positions: 10 },
}
const families: Readonly<Record<string, { config: object; targets: string[] }>> = {
  bert: { config: tinyBert, targets: ['query', 'value'] },
  gpt2: { config: tinyGpt2, targets: ['c_attn'] },
  llama: { config: tinyLlama, targets: ['q_proj', 'v_proj'] },
  qwen2: { config: { ...tinyLlama, model_type: 'qwen2' }, targets: ['q_proj', 'v_proj'] },
}

/** The tensors of a config with numbers of which the first step makes something. */
function filledTensors(config: object) {
  const random = createRandom(7)
  return layoutOfBase(readConfig(config)).map(({ name, shape }) => {
    const data = Float32Array.from({ length: sizeOfShape(shape) }, () => random.uniform() - 0.5)
    return { name, shape, data }
  })
}

/** Twelve texts of 1 to 8 tokens. */
function examples(): AnyExamples {
  const lengths = Array.from({ length: 12 }, (_, index) => 1 + ((index * 5) % 8))
  const starts = Int32Array.from([
    0,
    ...lengths.map((_, i) => lengths.slice(0, i + 1).reduce((a, b) => a + b)),
  ])
  const ids = Int32Array.from({ length: starts.at(-1)! }, (_, at) => (at * 7) % 12)
  return {
    count: 12,
    inputShape: [8],
    inputs: { starts, ids },
    labels: Int32Array.from(lengths, (_, i) => i % 2),
  }
}

async function trained(recipe: Recipe, base: FrozenTensors) {
  await using engine = await openEngine({ recipe, threads: 1, data: { train: examples() }, base })
  const weights = trainedParts(recipe).initialWeights(1)
  const result = await engine.train('train', { epochs: 2, seed: 3, progress: [0, 1], proximal: 0, weights })
  assert.notDeepEqual(result.weights, weights)
  return result.weights
}

for (const [family, { config, targets }] of Object.entries(families)) {
  test(`a ${family} from the store trains to the bits of one in memory`, async () => {
    const tensors = filledTensors(config)
    const written = tensors.map(({ data, ...of }) => ({ ...of, bytes: new Uint8Array(data.buffer) }))
    const folder = folderOf({
      ...(family === 'bert' && bertFiles()),
      'config.json': JSON.stringify(config),
      'model.safetensors': safetensorsOf(written),
    })
    const store = newFolder()
    const { base } = await addBase(store, await localSource(folder, { licence: 'mit' }))
    const open = await openBaseStore(store).open(base.sha256)
    const recipe = recipeOver({ name: 'tiny', sha256: base.sha256, config: readConfig(config) }, targets)
    const inMemory = Object.fromEntries(tensors.map(({ name, ...tensor }) => [name, tensor]))
    assert.deepEqual(
      await trained(recipe, await frozenTensors(recipe, open)),
      await trained(recipe, inMemory),
    )
    await open.close()
  })
}
