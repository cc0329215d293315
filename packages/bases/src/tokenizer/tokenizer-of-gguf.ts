import { z } from 'zod'
import type { BaseTokenizer } from '../base.ts'
import type { GgufValue } from '../weights/gguf/gguf-cursor.ts'
import { weightsRefusal } from '../weights/weights-refusal.ts'

const schema = z.object({
  model: z.literal('gpt2'),
  pre: z.enum(['gpt-2', 'smollm', 'qwen2', 'llama-bpe']),
  tokens: z.array(z.string()),
  types: z.array(z.int()),
  merges: z.array(z.string()),
})

/** A number of a token; a template of turns. */
const idSchema = z.int().min(0).optional()
const templateSchema = z.string().optional()

/**
 * The byte-level BPE of a GGUF file as `tokenizer.json` (huggingface/tokenizers) would say it. Throws
 * `weights-invalid` for another kind of tokenizer, and for a way to split text into words that is not known here.
 */
export function tokenizerOfGguf(name: string, metadata: ReadonlyMap<string, GgufValue>): BaseTokenizer {
  const get = (key: string) => metadata.get(`tokenizer.ggml.${key}`)
  const parsed = schema.safeParse({
    ...{ model: get('model'), pre: get('pre'), tokens: get('tokens'), types: get('token_type') },
    merges: get('merges'),
  })
  if (!parsed.success) {
    const at = parsed.error.issues[0]?.path[0]
    const said = at === 'model' || at === 'pre' ? `is ${get(at) ?? 'not said'}` : 'is missing'
    throw weightsRefusal(
      name,
      `the tokenizer in it cannot be used: its ${String(at)} ${said}`,
      'Give a folder with this file and the tokenizer.json of the model.',
    )
  }
  const { tokens, types, pre, merges } = parsed.data
  const idOf = (key: string) => idSchema.parse(get(`${key}_token_id`)) ?? -1
  const tokenOf = (key: string) => tokens[idOf(key)]
  const bos = tokenOf('bos')
  const addsBos = bos !== undefined && (get('add_bos_token') ?? pre === 'llama-bpe') === true
  return {
    json: {
      ...{ version: '1.0', truncation: null, padding: null },
      added_tokens: addedTokens(tokens, types),
      ...splitting[pre],
      post_processor: addsBos ? beginningWith(bos, idOf('bos')) : null,
      decoder: byteLevel(true),
      model: {
        ...{ type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: null },
        ...{ end_of_word_suffix: null, fuse_unk: false, byte_fallback: false },
        ignore_merges: pre === 'llama-bpe',
        vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
        merges: merges.map(pair => pair.split(' ')),
      },
    },
    config: {
      tokenizer_class: 'PreTrainedTokenizerFast',
      ...{ bos_token: bos, eos_token: tokenOf('eos'), pad_token: tokenOf('padding') },
      add_bos_token: addsBos,
      chat_template: templateSchema.parse(metadata.get('tokenizer.chat_template')),
    },
  }
}

/** Kinds of tokens, as `llama.h` numbers them: those are found in a text before it is split into words. */
const control = 3
const userDefined = 4

function addedTokens(tokens: readonly string[], types: readonly number[]) {
  return tokens.flatMap((content, id) => {
    if (types[id] !== control && types[id] !== userDefined) return []
    const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false }
    return [{ id, content, ...plain, special: types[id] === control }]
  })
}

/** Puts the token of the beginning before each text. */
function beginningWith(token: string, id: number) {
  const begin = { SpecialToken: { id: token, type_id: 0 } }
  const text = (name: 'A' | 'B', type: 0 | 1) => ({ Sequence: { id: name, type_id: type } })
  return {
    type: 'TemplateProcessing',
    single: [begin, text('A', 0)],
    pair: [begin, text('A', 0), begin, text('B', 1)],
    special_tokens: { [token]: { id: token, ids: [id], tokens: [token] } },
  }
}

const byteLevel = (usesRegex: boolean) => ({
  ...{ type: 'ByteLevel', add_prefix_space: false, trim_offsets: true },
  use_regex: usesRegex,
})

/** Splits by an expression, then into bytes. */
const byExpression = (expression: string) => ({
  type: 'Sequence',
  pretokenizers: [
    { type: 'Split', pattern: { Regex: expression }, behavior: 'Isolated', invert: false },
    byteLevel(false),
  ],
})

const words = String.raw`(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|`
const rest = String.raw`| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+`

/** As the models of these names publish it: gpt2, SmolLM2, Qwen2, Llama 3. */
const splitting = {
  'gpt-2': { normalizer: null, pre_tokenizer: byteLevel(true) },
  smollm: {
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [{ type: 'Digits', individual_digits: true }, byteLevel(true)],
    },
  },
  qwen2: {
    normalizer: { type: 'NFC' },
    pre_tokenizer: byExpression(`${words}${String.raw`\p{N}`}${rest}`),
  },
  'llama-bpe': {
    normalizer: null,
    pre_tokenizer: byExpression(`${words}${String.raw`\p{N}{1,3}`}${rest}`),
  },
} as const satisfies Record<z.infer<typeof schema>['pre'], object>
