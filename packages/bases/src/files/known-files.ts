import { Refusal } from '@consort/protocol'
import { shardIndexName, shardName } from '../weights/safetensors/read-shards.ts'

/** Files of a base that decide what it computes: its digest is over these. */
const deciding = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.txt',
  'vocab.json',
  'merges.txt',
  'tokenizer.model',
  'chat_template.jinja',
  'model.safetensors',
  shardIndexName,
  ggufName(),
])

/** Files that say what one may do with it. They are kept beside it. */
const telling = new Set(['LICENSE', 'LICENSE.txt', 'LICENSE.md', 'NOTICE', 'README.md'])

/** The one name of a GGUF file in the store, whatever it was called before. */
export function ggufName(): 'model.gguf' {
  return 'model.gguf'
}

/** Returns true for a file that counts in the digest of a base. */
export const isDeciding = (name: string): boolean => deciding.has(name) || shardName.test(name)

/** Returns true for a file that is taken at all. Such a name has no folder in it, so it leads out of none. */
export const isKnown = (name: string): boolean => isDeciding(name) || telling.has(name)

/** How the weights of a base lie in its folder. */
export type WeightsKind = 'one' | 'shards' | 'gguf'

/**
 * Finds out which of the files hold the weights. Throws `weights-invalid` where none does, with the reason why pickled
 * ones are not taken, and where two kinds lie side by side.
 */
export function weightsKindOf(names: readonly string[]): WeightsKind {
  const kinds: WeightsKind[] = []
  if (names.includes('model.safetensors')) kinds.push('one')
  if (names.includes(shardIndexName)) kinds.push('shards')
  if (names.includes(ggufName())) kinds.push('gguf')
  const [kind, ...others] = kinds
  if (kind && others.length === 0) return kind
  if (kind)
    throw new Refusal('weights-invalid', 'The folder holds weights in two formats', {
      hint: `Leave those that should count: model.safetensors, the shards of ${shardIndexName}, or one GGUF file.`,
    })
  const pickled = names.find(name => /\.(bin|pt|pth|ckpt|pkl|pickle|h5|msgpack)$/.test(name))
  if (pickled === undefined)
    throw new Refusal('weights-invalid', 'There are no weights: neither safetensors nor GGUF', {
      hint: `A base is config.json with model.safetensors, with ${shardIndexName} and its shards, or one GGUF file.`,
    })
  throw new Refusal(
    'weights-invalid',
    `The weights are in ${pickled}: a pickle is a program, which runs when it is read`,
    {
      hint: 'Take a version of the model in safetensors or GGUF; `transformers` saves one with save_pretrained.',
    },
  )
}
