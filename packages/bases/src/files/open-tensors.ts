import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BaseConfig } from '@consort/protocol'
import { hasCode } from '@consort/storage'
import { z } from 'zod'
import type { BaseTokenizer } from '../base.ts'
import { readConfig } from '../config/read-config.ts'
import { checkTokenizer, checkVocabulary } from '../tokenizer/check-tokenizer.ts'
import { tokenizerOfGguf } from '../tokenizer/tokenizer-of-gguf.ts'
import { configOfGguf } from '../weights/gguf/gguf-config.ts'
import { readGguf } from '../weights/gguf/read-gguf.ts'
import { matchedTensors } from '../weights/matched-tensors.ts'
import { openPlain, openWeightsFile, type WeightsFile } from '../weights/open-weights-file.ts'
import type { ReadableTensor } from '../weights/read-tensor.ts'
import { readSafetensors } from '../weights/safetensors/read-safetensors.ts'
import { readShards, shardIndexName, shardsOf } from '../weights/safetensors/read-shards.ts'
import { weightsRefusal } from '../weights/weights-refusal.ts'
import { ggufName, type WeightsKind, weightsKindOf } from './known-files.ts'

/** The config and the tensors of a base, read from its folder by position. */
export interface OpenTensors {
  readonly config: BaseConfig
  readonly tensors: ReadonlyMap<string, ReadableTensor>
  /** As a GGUF file says. */
  readonly licence?: string
  /** As `OpenBase` says. */
  tokenizer(): Promise<BaseTokenizer | undefined>
  close(): Promise<void>
}

/**
 * Opens the weights of a folder whose files are `names`, and checks that config, weights and tokenizer belong together.
 * Throws `weights-invalid` with the name of what does not.
 */
export async function openTensors(folder: string, names: readonly string[]): Promise<OpenTensors> {
  const opened: WeightsFile[] = []
  const close = async (): Promise<void> => {
    for (const file of opened.splice(0)) await file.close()
  }
  const open = async (name: string): Promise<WeightsFile> => {
    if (name !== ggufName() && !names.includes(name)) throw weightsRefusal(name, 'it is missing')
    const file = await openWeightsFile(join(folder, name))
    opened.push(file)
    return file
  }
  try {
    const read = await readers[weightsKindOf(names)]({ folder, names, open })
    if (names.includes('tokenizer.json'))
      checkTokenizer(await readJson(folder, 'tokenizer.json'), read.config.vocabulary)
    const inGguf = read.tokenizer
    const hasJson = names.includes('tokenizer.json') || !inGguf
    return { ...read, tokenizer: () => (hasJson ? readTokenizer(folder, names) : inGguf()), close }
  } catch (error) {
    await close()
    throw error
  }
}

interface Source {
  readonly folder: string
  readonly names: readonly string[]
  readonly open: (name: string) => Promise<WeightsFile>
}

const readers: Readonly<
  Record<
    WeightsKind,
    (
      source: Source,
    ) => Promise<Omit<OpenTensors, 'close' | 'tokenizer'> & Partial<Pick<OpenTensors, 'tokenizer'>>>
  >
> = {
  async one({ folder, open }) {
    const config = readConfig(await readJson(folder, 'config.json'))
    const stored = await readSafetensors(await open('model.safetensors'))
    const byName = new Map(stored.map(tensor => [tensor.name, tensor]))
    return { config, tensors: matchedTensors(config, byName, 'safetensors') }
  },
  async shards({ folder, open }) {
    const config = readConfig(await readJson(folder, 'config.json'))
    const { files, fileOf } = shardsOf(await readJson(folder, shardIndexName))
    const shards: WeightsFile[] = []
    for (const file of files) shards.push(await open(file))
    return { config, tensors: matchedTensors(config, await readShards(shards, fileOf), 'safetensors') }
  },
  async gguf({ folder, names, open }) {
    const gguf = await readGguf(await open(ggufName()))
    const said = names.includes('config.json')
      ? await readJson(folder, 'config.json')
      : configOfGguf(ggufName(), gguf)
    const config = readConfig(said)
    checkVocabulary(gguf.metadata, config.vocabulary)
    const licence = gguf.metadata.get('general.license')
    return {
      ...{ config, tensors: matchedTensors(config, gguf.tensors, 'gguf') },
      tokenizer: async () => tokenizerOfGguf(ggufName(), gguf.metadata),
      ...(typeof licence === 'string' && { licence }),
    }
  },
}

async function readTokenizer(folder: string, names: readonly string[]): Promise<BaseTokenizer | undefined> {
  if (!names.includes('tokenizer.json')) return undefined
  const said = names.includes('tokenizer_config.json') ? await readJson(folder, 'tokenizer_config.json') : {}
  const config = z.looseObject({}).safeParse(said)
  if (!config.success) throw weightsRefusal('tokenizer_config.json', 'it is no object')
  const template = names.includes('chat_template.jinja')
    ? { chat_template: await readFile(join(folder, 'chat_template.jinja'), 'utf8') }
    : {}
  return { json: await readJson(folder, 'tokenizer.json'), config: { ...config.data, ...template } }
}

/** Larger than any tokenizer or list of shards. */
const jsonBytesMax = 128 * 1024 * 1024

/** Reads a JSON file of a base. Throws `weights-invalid` for a missing one, a link, and what is no JSON. */
export async function readJson(folder: string, name: string): Promise<unknown> {
  const handle = await openPlain(join(folder, name)).catch(error => {
    if (hasCode(error, 'ENOENT')) throw weightsRefusal(name, 'it is missing')
    throw error
  })
  try {
    if ((await handle.stat()).size > jsonBytesMax) throw weightsRefusal(name, 'it has more than 128 MiB')
    return JSON.parse(await readFile(handle, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw weightsRefusal(name, 'it is not JSON')
    throw error
  } finally {
    await handle.close()
  }
}
