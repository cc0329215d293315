import { lstat, readdir } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { Refusal } from '@consort/protocol'
import { ggufName, isKnown, weightsKindOf } from '../files/known-files.ts'
import type { BaseSource } from './add-base.ts'

/**
 * The files of a base in a folder of this machine, or in one GGUF file. Only files with known names are taken; what a
 * folder calls `something.gguf` becomes `model.gguf`. Throws `not-found`, and `weights-invalid` for two GGUF files.
 */
export async function localSource(
  given: string,
  { name, licence }: { readonly name?: string | undefined; readonly licence?: string | undefined } = {},
): Promise<BaseSource> {
  const path = resolve(given)
  const found = await lstat(path).catch(() => undefined)
  if (!found)
    throw new Refusal('not-found', `There is neither a folder nor a file ${given.slice(0, 200)}`, {
      hint: 'Give a folder, a GGUF file, or hf:NAME to fetch one from the Hugging Face hub.',
    })
  if (!found.isDirectory() && !given.endsWith('.gguf'))
    throw new Refusal('input-invalid', `${basename(given)} is neither a folder nor a GGUF file`, {
      hint: 'A base in safetensors is the folder with config.json, model.safetensors and tokenizer.json.',
    })
  const names = found.isDirectory() ? await readdir(path) : [basename(path)]
  const folder = found.isDirectory() ? path : dirname(path)
  const ggufs = names.filter(file => file.endsWith('.gguf'))
  if (ggufs.length > 1)
    throw new Refusal('weights-invalid', `The folder holds ${ggufs.length} GGUF files`, {
      hint: `Name the one that should count: ${ggufs.slice(0, 3).join(', ')}.`,
    })
  const known = names.filter(file => isKnown(file) && !file.endsWith('.gguf'))
  const files = [
    ...known.map(file => ({ name: file, path: join(folder, file) })),
    ...ggufs.map(file => ({ name: ggufName(), path: join(folder, file) })),
  ]
  weightsKindOf([...files.map(file => file.name), ...names])
  return { name: name ?? basename(path, '.gguf'), files, take: 'copy', licence }
}
