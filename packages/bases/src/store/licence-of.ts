import { createReadStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Refusal } from '@consort/protocol'
import type { BaseRecord } from './base-record.ts'

export interface SaidLicence {
  /** By the operator, who has looked it up. */
  readonly given?: string | undefined
  /** In the metadata of a GGUF file. */
  readonly gguf?: string | undefined
}

/**
 * Under which licence a base may be used: as the operator says, else as its model card, its GGUF file or its licence
 * file says. Throws `input-invalid` where nobody says it: nobody could tell what may be done with the base.
 */
export async function licenceOf(
  folder: string,
  names: readonly string[],
  { given, gguf }: SaidLicence,
): Promise<BaseRecord['licence']> {
  if (given !== undefined) return { name: plain(given), from: 'operator' }
  if (names.includes('README.md')) {
    const name = await inModelCard(join(folder, 'README.md'))
    if (name !== undefined) return { name: plain(name), from: 'model card' }
  }
  if (gguf !== undefined) return { name: plain(gguf), from: 'gguf' }
  const file = names.find(name => /^LICENSE/.test(name))
  const first = file && (await firstLines(join(folder, file), 20)).find(line => line.trim() !== '')
  if (first) return { name: plain(first), from: 'licence file' }
  throw new Refusal('input-invalid', 'Nothing says under which licence this base may be used', {
    hint: 'Look it up where the model was published, and add --licence NAME, such as --licence apache-2.0.',
  })
}

/** The member `license` at the head of a model card, between two lines of `---`. */
async function inModelCard(path: string): Promise<string | undefined> {
  const [first, ...lines] = await firstLines(path, 2000)
  if (first?.trim() !== '---') return undefined
  const end = lines.findIndex(line => line.trim() === '---')
  if (end < 0) return undefined
  const line = lines.slice(0, end).find(text => /^license:\s*\S/.test(text))
  const name = line
    ?.slice('license:'.length)
    .trim()
    .replace(/^(['"])(.*)\1$/, '$2')
  return name === 'other' || name === 'unknown' ? undefined : name
}

async function firstLines(path: string, count: number): Promise<string[]> {
  const lines: string[] = []
  for await (const line of createInterface({ input: createReadStream(path, { end: 256 * 1024 }) })) {
    lines.push(line)
    if (lines.length === count) break
  }
  return lines
}

/** One short line without control characters, since it is shown. */
function plain(name: string): string {
  const text = name.replace(/[\p{Cc}\p{Cf}]/gu, ' ').trim()
  if (text !== '') return text.slice(0, 100)
  throw new Refusal('input-invalid', 'The name of a licence is empty', { hint: 'Add --licence NAME.' })
}
