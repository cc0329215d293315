import assert from 'node:assert/strict'
import test from 'node:test'
import { openBaseStore } from '@consort/bases'
import { newFolder, recipeOver } from '@consort/bases/testing/tiny-bases'
import type { BaseConfig } from '@consort/protocol'
import { trainedParts } from '@consort/train'
import type { NodeEngine } from './engines.ts'
import { openWithBase } from './recipe-base.ts'
import { storedBases } from './stored-bases.ts'

const sha256 = `sha256:${'3'.repeat(64)}` as const
const config: BaseConfig = {
  ...{ family: 'gpt2', vocabulary: 9, hidden: 4, layers: 1, heads: 2, intermediate: 8, positions: 8 },
  ...{ normEpsilon: 1e-5, activation: 'gelu-tanh', tiedEmbeddings: true },
}
const recipe = recipeOver({ name: 'tiny', sha256, config }, ['c_attn'])

const tokenizer = {
  model: { type: 'WordPiece', unk_token: '?', vocab: { '?': 0, win: 1, money: 2 } },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  ...{ added_tokens: [], normalizer: null, post_processor: null, decoder: null },
}

function fakes() {
  const told: string[] = []
  const place = { path: '/bases/model.safetensors', offset: 0, bytes: 4 }
  const base = {
    tensor: (name: string) => ({ dtype: name === 'wte.weight' ? 'F16' : 'F32', shape: [1], place }),
    read: async (name: string) => {
      told.push(`read ${name}`)
      return Float32Array.of(7)
    },
    tokenizer: async () => ({ json: tokenizer, config: {} }),
    close: async () => void told.push('base closed'),
  }
  const engine: NodeEngine = {
    train: () => Promise.reject(new Error('is not asked')),
    evaluate: () => Promise.reject(new Error('is not asked')),
    [Symbol.asyncDispose]: async () => void told.push('engine closed'),
  }
  return { told, base, engine }
}

test('an engine gets the tensors of the base, and lets go of it when it ends', async () => {
  const { told, base, engine } = fakes()
  const asked: string[] = []
  const open = await openWithBase(
    recipe,
    async ({ sha256 }) => {
      asked.push(sha256)
      return base
    },
    async ({ base: tensors, tokenize }) => {
      assert.deepEqual([...tokenize!('win much money')], [1, 0, 2])
      assert.deepEqual([...(tensors!['wte.weight']!.data as Float32Array)], [7])
      assert.deepEqual(tensors!['wpe.weight']!.data, base.tensor('wpe.weight').place)
      return engine
    },
  )
  assert.deepEqual(asked, [trainedParts(recipe).frozen])
  assert.deepEqual(told, ['read wte.weight'])
  await open[Symbol.asyncDispose]()
  assert.deepEqual(told, ['read wte.weight', 'engine closed', 'base closed'])
})

test('a base that does not fit is let go of, and one that is missing is refused by its digest', async () => {
  const { told, base } = fakes()
  const failing = openWithBase(
    recipe,
    async () => base,
    () => Promise.reject(new Error('does not fit')),
  )
  await assert.rejects(failing, /does not fit/)
  assert.deepEqual(told, ['read wte.weight', 'base closed'])
  const none = storedBases(openBaseStore(newFolder()))
  const missing = openWithBase(recipe, none, () => Promise.reject(new Error('is not asked')))
  await assert.rejects(missing, { code: 'weights-invalid', message: new RegExp(sha256) })
})
