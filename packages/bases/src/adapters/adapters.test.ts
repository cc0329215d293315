import assert from 'node:assert/strict'
import { cpSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { type NamedTensor, parseTensors } from '@consort/protocol'
import { readConfig } from '../config/read-config.ts'
import { fixture, newFolder, safetensorsOf, tinyBert, tinyLlama } from '../testing/tiny-bases.ts'
import { type AdapterExpected, readAdapter } from './read-adapter.ts'
import { writeAdapter } from './write-adapter.ts'

const digest = (letter: string) => `sha256:${letter.repeat(64)}` as const
const bert = { name: 'tiny/bert', sha256: digest('b'), family: 'bert', config: readConfig(tinyBert) } as const
const llama = {
  name: 'tiny/llama',
  sha256: digest('a'),
  family: 'llama',
  config: readConfig(tinyLlama),
} as const

const configName = 'adapter_config.json'
const tensorsName = 'adapter_model.safetensors'

/** A copy of an adapter that PEFT has saved, to be changed. */
function copyOf(name: 'peft-bert' | 'peft-llama'): string {
  const folder = newFolder()
  cpSync(fixture(name), folder, { recursive: true })
  return folder
}

function withConfig(folder: string, change: object): string {
  const path = join(folder, configName)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...change }))
  return folder
}

function withTensors(folder: string, change: (tensor: NamedTensor) => object): string {
  const path = join(folder, tensorsName)
  const changed = parseTensors(readFileSync(path)).map(({ name, shape, data }) => {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    return { name, shape, bytes, ...change({ name, shape, data }) }
  })
  writeFileSync(path, safetensorsOf(changed))
  return folder
}

test('adapters that PEFT saved are read, with the head that came along', async () => {
  const { config, tensors } = await readAdapter(fixture('peft-bert'), bert)
  assert.deepEqual(config, {
    ...{ baseName: 'tiny/bert', task: 'SEQ_CLS', rank: 2, alpha: 4 },
    ...{ targets: ['dense', 'query'], modulesToSave: ['classifier'] },
  })
  assert.deepEqual(
    tensors.map(({ name, shape }) => `${name} ${shape.join('×')}`),
    [
      ...['attention.self.query', 'attention.output.dense', 'intermediate.dense', 'output.dense'].flatMap(
        layer => {
          const at = `encoder.layer.0.${layer}`
          const [into, out] = [layer === 'output.dense' ? 16 : 8, layer === 'intermediate.dense' ? 16 : 8]
          return [`${at}.lora_A 2×${into}`, `${at}.lora_B ${out}×2`]
        },
      ),
      ...['pooler.dense.lora_A 2×8', 'pooler.dense.lora_B 8×2', 'classifier.bias 3', 'classifier.weight 3×8'],
    ],
  )
  const stored = parseTensors(readFileSync(join(fixture('peft-bert'), tensorsName)))
  const query = stored.find(({ name }) =>
    name.endsWith('bert.encoder.layer.0.attention.self.query.lora_B.weight'),
  )
  assert.deepEqual(tensors.find(({ name }) => name.endsWith('query.lora_B'))?.data, query?.data)
  const shared = await readAdapter(fixture('peft-llama'), llama)
  assert.equal(shared.tensors.length, 12)
  assert.deepEqual(shared.tensors[3]?.shape, [16, 2], 'v_proj goes to the shared heads alone')
})

test('what was read is written as PEFT had it, tensor by tensor, with the digest of the base', async () => {
  for (const [name, base] of [
    ['peft-bert', bert],
    ['peft-llama', llama],
  ] as const) {
    const folder = newFolder()
    const adapter = await readAdapter(fixture(name), base)
    await writeAdapter(folder, adapter, base)
    const byName = (path: string) =>
      new Map(parseTensors(readFileSync(join(path, tensorsName))).map(tensor => [tensor.name, tensor]))
    assert.deepEqual(byName(folder), byName(fixture(name)))
    const again = await readAdapter(folder, { ...base, name: 'called otherwise' })
    assert.deepEqual(again, adapter)
    await assert.rejects(readAdapter(folder, { ...base, sha256: digest('f') }), {
      ...{ code: 'weights-invalid', message: /is for the base sha256:.*, and tiny\/\w+ is sha256:ffff/ },
    })
  }
})

test('an adapter of another rank, layer or task than a recipe asks for is refused by name', async () => {
  const asked: [AdapterExpected['lora'], RegExp][] = [
    [{ rank: 8 }, /its rank is 2, and the recipe asks for 8/],
    [{ alpha: 16 }, /its alpha is 4, and the recipe asks for 16/],
    [{ targets: ['query'] }, /its targets is dense, query, and the recipe asks for query/],
    [{ task: 'CAUSAL_LM' }, /its task is SEQ_CLS/],
    [{ modulesToSave: [] }, /its modulesToSave is classifier/],
  ]
  for (const [lora, message] of asked)
    await assert.rejects(readAdapter(fixture('peft-bert'), bert, { lora: lora! }), {
      code: 'weights-invalid',
      message,
    })
  const fits = { rank: 2, alpha: 4, targets: ['query', 'dense'], modulesToSave: ['classifier'] }
  await readAdapter(fixture('peft-bert'), bert, { lora: fits })
})

test('an adapter of another base is refused, unless it is said that both are the same', async () => {
  const other = { ...bert, name: 'tiny/other' }
  await assert.rejects(readAdapter(fixture('peft-bert'), other), {
    ...{
      code: 'weights-invalid',
      message: /is for the base tiny\/bert, and this one is tiny\/other/,
      hint: /./,
    },
  })
  await readAdapter(fixture('peft-bert'), other, { alsoCalled: ['tiny/bert'] })
  await assert.rejects(readAdapter(fixture('peft-bert'), llama, { alsoCalled: ['tiny/bert'] }), {
    message: /no linear layer of a llama is called dense or query/,
  })
})

const refused: readonly (readonly [what: string, folder: () => string, message: RegExp])[] = [
  ['no LoRA', () => withConfig(copyOf('peft-bert'), { peft_type: 'IA3' }), /it is IA3/],
  ['DoRA', () => withConfig(copyOf('peft-bert'), { use_dora: true }), /use_dora is true/],
  ['another scale', () => withConfig(copyOf('peft-bert'), { use_rslora: true }), /use_rslora is true/],
  ['a setting of tomorrow', () => withConfig(copyOf('peft-bert'), { use_new: 1 }), /use_new is 1/],
  [
    'a changed base',
    () => withConfig(copyOf('peft-bert'), { init_lora_weights: 'pissa' }),
    /init_lora_weights is "pissa"/,
  ],
  [
    'ranks by layer',
    () => withConfig(copyOf('peft-bert'), { rank_pattern: { query: 4 } }),
    /rank_pattern is/,
  ],
  ['biases', () => withConfig(copyOf('peft-bert'), { bias: 'all' }), /bias: all/],
  [
    'targets by expression',
    () => withConfig(copyOf('peft-bert'), { target_modules: '.*' }),
    /no list of layers/,
  ],
  ['an unknown task', () => withConfig(copyOf('peft-bert'), { task_type: 'QUESTION_ANS' }), /QUESTION_ANS/],
  [
    'a rank that the tensors do not have',
    () => withConfig(copyOf('peft-bert'), { r: 4 }),
    /query\.lora_A\.weight is \[2, 8\].*\[4, 8\]/,
  ],
  [
    'a layer that is missing',
    () => withConfig(copyOf('peft-bert'), { target_modules: ['query', 'dense', 'key'] }),
    /key\.lora_A\.weight is missing/,
  ],
  [
    'a layer too many',
    () => withConfig(copyOf('peft-bert'), { target_modules: ['dense'] }),
    /query\.lora_A\.weight is no part/,
  ],
  [
    'a head that nobody names',
    () => withConfig(copyOf('peft-bert'), { modules_to_save: null }),
    /classifier\.\w+ is no part/,
  ],
  [
    'a head that is missing',
    () => withConfig(copyOf('peft-llama'), { modules_to_save: ['score'] }),
    /nothing of score is in it/,
  ],
  [
    'another prefix',
    () => withTensors(copyOf('peft-bert'), ({ name }) => ({ name: name.replace('base_model.model.', '') })),
    /bert\.\S+ does not begin with base_model\.model\./,
  ],
  [
    'the prefix of another task',
    () => withTensors(copyOf('peft-bert'), ({ name }) => ({ name: name.replace('.bert.', '.roberta.') })),
    /bert\.encoder.*is missing/,
  ],
  [
    'numbers of another kind',
    () =>
      withTensors(copyOf('peft-bert'), ({ data }) => ({
        dtype: 'F64',
        bytes: new Uint8Array(data.length * 8),
      })),
    /is F64/,
  ],
  [
    'what is no number',
    () => withTensors(copyOf('peft-llama'), ({ data }) => ({ bytes: Buffer.alloc(data.length * 4, 255) })),
    /q_proj\.lora_A\.weight holds a number that is not finite/,
  ],
  [
    'a file that was cut',
    () => {
      const folder = copyOf('peft-bert')
      writeFileSync(
        join(folder, tensorsName),
        readFileSync(fixture(join('peft-bert', tensorsName))).subarray(0, -8),
      )
      return folder
    },
    /adapter_model\.safetensors cannot be used: it ends in/,
  ],
  [
    'a pickle',
    () => {
      const folder = copyOf('peft-bert')
      renameSync(join(folder, tensorsName), join(folder, 'adapter_model.bin'))
      return folder
    },
    /adapter_model\.bin is a pickle/,
  ],
]
for (const [what, folder, message] of refused)
  test(`refused: an adapter with ${what}`, async () => {
    const base = /score/.test(String(message)) || /q_proj/.test(String(message)) ? llama : bert
    await assert.rejects(readAdapter(folder(), base), { code: 'weights-invalid', message, hint: /./ })
  })
