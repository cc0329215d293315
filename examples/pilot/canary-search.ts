import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Searched {
  readonly name: string
  readonly bytes: Buffer
}

/** Which canaries are in which of these, in any spelling that they may have on their way. */
export function canariesIn(where: readonly Searched[], canaries: readonly string[]): string[] {
  const sought = canaries.map(canary => ({ canary, spelt: spellings(canary), float: float32Of(canary) }))
  return where.flatMap(({ name, bytes }) => {
    const asFloats = sought.filter(({ float }) => float && bytes.includes(float))
    return sought
      .filter(
        one =>
          one.spelt.some(spelling => bytes.includes(spelling)) ||
          (asFloats.length >= floatsMin && asFloats.includes(one)),
      )
      .map(({ canary }) => `${canary} in ${name}`)
  })
}

/** Any four bytes stand somewhere among millions of random ones now and then: two of them are no accident. */
const floatsMin = 2

function float32Of(canary: string): Buffer | undefined {
  const number = Number(canary)
  return Number.isNaN(number) ? undefined : Buffer.from(Float32Array.of(number).buffer)
}

/** Everything that lies in a directory, file by file. */
export function filesBelow(directory: string): Searched[] {
  return globSync('**/*', { cwd: directory, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .map(name => ({ name, bytes: readFileSync(name) }))
}

/** As text in both widths, in hexadecimal and in base64 at all three alignments; a number in its eight bytes too. */
function spellings(canary: string): Buffer[] {
  const raw = Buffer.from(canary)
  const texts = [raw, Buffer.from(canary, 'utf16le'), Buffer.from(raw.toString('hex')), ...inBase64(raw)]
  const number = Number(canary)
  if (Number.isNaN(number)) return texts
  const float = Buffer.from(Float64Array.of(number).buffer)
  return [...texts, float, Buffer.from(float.toString('hex'))]
}

/** The characters that do not depend on what stands before and after. */
function inBase64(bytes: Buffer): Buffer[] {
  return [0, 1, 2].flatMap(before => {
    const padded = Buffer.concat([Buffer.alloc(before), bytes])
    const whole = padded.subarray(0, padded.length - (padded.length % 3)).toString('base64')
    const text = whole.slice(before === 0 ? 0 : 4)
    return [Buffer.from(text), Buffer.from(text.replaceAll('+', '-').replaceAll('/', '_'))]
  })
}
