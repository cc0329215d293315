import assert from 'node:assert/strict'
import { copyFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { BaseTokenizer } from '../base.ts'
import { openTensors } from '../files/open-tensors.ts'
import { bertFiles, fixture, folderOf, newFolder } from '../testing/tiny-bases.ts'
import { tokenizerOfGguf } from './tokenizer-of-gguf.ts'

async function tokenizerIn(folder: string): Promise<BaseTokenizer | undefined> {
  const { tokenizer, close } = await openTensors(folder, readdirSync(folder))
  await close()
  return await tokenizer()
}

const metadata = (change: object = {}) =>
  new Map(
    Object.entries({
      'tokenizer.ggml.model': 'gpt2',
      'tokenizer.ggml.pre': 'smollm',
      'tokenizer.ggml.tokens': ['<|end|>', 'a'],
      'tokenizer.ggml.token_type': [3, 1],
      'tokenizer.ggml.merges': [],
      ...change,
    }),
  )

test('the tokenizer of a GGUF file is said as tokenizer.json', async () => {
  const folder = newFolder()
  copyFileSync(fixture('tiny-llama.gguf'), join(folder, 'model.gguf'))
  const found = await tokenizerIn(folder)
  const flags = { single_word: false, lstrip: false, rstrip: false, normalized: false }
  const { added_tokens, pre_tokenizer, model } = Object(found?.json)
  assert.deepEqual(added_tokens, [
    { id: 0, content: '<|end|>', ...flags, special: true },
    { id: 1, content: '<tool>', ...flags, special: false },
  ])
  assert.deepEqual(pre_tokenizer.pretokenizers[0], { type: 'Digits', individual_digits: true })
  assert.deepEqual(model.merges, [
    ['a', 'b'],
    ['ab', 'c'],
    ['Ġ', 'a'],
  ])
  assert.deepEqual([model.vocab.Ġa, model.vocab.word39], [8, 39])
  assert.deepEqual(found?.config, {
    ...{ tokenizer_class: 'PreTrainedTokenizerFast', add_bos_token: false, bos_token: undefined },
    ...{ eos_token: '<|end|>', pad_token: undefined },
    chat_template: '{{ messages[0].content }}<|end|>',
  })
})

test('a text begins with the token of the beginning where the file says so', () => {
  const said = { 'tokenizer.ggml.bos_token_id': 0, 'tokenizer.ggml.add_bos_token': true }
  const processorOf = (change: object) => Object(tokenizerOfGguf('x', metadata(change)).json).post_processor
  assert.equal(processorOf({ ...said, 'tokenizer.ggml.add_bos_token': false }), null)
  assert.deepEqual(processorOf(said).single, [
    { SpecialToken: { id: '<|end|>', type_id: 0 } },
    { Sequence: { id: 'A', type_id: 0 } },
  ])
})

test('the files of a folder count, and none is none', async () => {
  const beside = { 'tokenizer_config.json': '{"do_lower_case":true}', 'chat_template.jinja': '{{ x }}' }
  const found = await tokenizerIn(folderOf({ ...bertFiles(), ...beside }))
  assert.equal(Object(found?.json).model.type, 'WordPiece')
  assert.deepEqual(found?.config, { do_lower_case: true, chat_template: '{{ x }}' })
  const { 'tokenizer.json': _, ...without } = bertFiles()
  assert.equal(await tokenizerIn(folderOf(without)), undefined)
})

test('a tokenizer that cannot be said so is refused by name', () => {
  const others: [object, RegExp][] = [
    [{ 'tokenizer.ggml.model': 'llama' }, /its model is llama/],
    [{ 'tokenizer.ggml.pre': 'deepseek-coder' }, /its pre is deepseek-coder/],
    [{ 'tokenizer.ggml.pre': undefined }, /its pre is not said/],
    [{ 'tokenizer.ggml.merges': undefined }, /its merges is missing/],
  ]
  for (const [change, message] of others)
    assert.throws(() => tokenizerOfGguf('model.gguf', metadata(change)), {
      ...{ code: 'weights-invalid', message, hint: /tokenizer\.json/ },
    })
  assert.equal(Object(tokenizerOfGguf('model.gguf', metadata()).json).model.ignore_merges, false)
})
