import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { brotliDecompressSync, constants, gunzipSync, inflateSync, zstdDecompressSync } from 'node:zlib'

export interface Searched {
  readonly name: string
  readonly bytes: Buffer
}

/** Which canaries are in which of these, in any spelling that they may have on their way. */
export function canariesIn(where: readonly Searched[], canaries: readonly string[]): string[] {
  const sought = canaries.map(canary => ({ canary, spelt: spellings(canary), float: float32Of(canary) }))
  const found = where.flatMap(withInside).flatMap(({ name, bytes }) => {
    const asFloats = sought.filter(({ float }) => float && bytes.includes(float))
    return sought
      .filter(
        one =>
          one.spelt.some(spelling => isSpelt(bytes, spelling)) ||
          (asFloats.length >= floatsMin && asFloats.includes(one)),
      )
      .map(({ canary }) => `${canary} in ${name}`)
  })
  return [...new Set(found)]
}

/**
 * A few digits stand now and then in a digest's sixty-four hexadecimal ones: short numbers count where they begin and end.
 */
function isSpelt(bytes: Buffer, spelling: Buffer): boolean {
  if (!/^\d{1,9}$/.test(spelling.toString('latin1'))) return bytes.includes(spelling)
  for (let at = bytes.indexOf(spelling); at >= 0; at = bytes.indexOf(spelling, at + 1)) {
    const around = [bytes[at - 1], bytes[at + spelling.length]]
    if (!around.some(byte => byte !== undefined && /[\da-f]/i.test(String.fromCharCode(byte)))) return true
  }
  return false
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
  const texts = [raw, Buffer.from(canary, 'utf16le'), ...inHexadecimal(raw), ...inBase64(raw)]
  const number = Number(canary)
  if (Number.isNaN(number)) return texts
  const float = Buffer.from(Float64Array.of(number).buffer)
  return [...texts, float, ...inHexadecimal(float)]
}

function inHexadecimal(bytes: Buffer): Buffer[] {
  const digits = bytes.toString('hex')
  return [Buffer.from(digits), Buffer.from(digits.toUpperCase())]
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

const patient = { finishFlush: constants.Z_SYNC_FLUSH }
/** By their first bytes. */
const packings: readonly [head: Buffer, unpack: (bytes: Buffer) => Buffer][] = [
  [Buffer.from([0x1f, 0x8b, 8]), bytes => gunzipSync(bytes, patient)],
  ...[0x01, 0x5e, 0x9c, 0xda].map((level): [Buffer, (bytes: Buffer) => Buffer] => [
    Buffer.from([0x78, level]),
    bytes => inflateSync(bytes, patient),
  ]),
  [Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), bytes => zstdDecompressSync(bytes)],
]

/** With what is packed somewhere in it; brotli has no head, so only whole bodies of it are recognised. */
function withInside({ name, bytes }: Searched): Searched[] {
  const found: Searched[] = [{ name, bytes }]
  const tryOn = (unpack: () => Buffer): void => {
    try {
      const inside = unpack()
      if (inside.length > 0) found.push({ name, bytes: inside })
    } catch {} // two bytes that look like a head, mostly
  }
  for (const [head, unpack] of packings) {
    for (let at = bytes.indexOf(head); at >= 0; at = bytes.indexOf(head, at + 1)) {
      const from = at
      tryOn(() => unpack(bytes.subarray(from)))
    }
  }
  if (bytes.length < 1_000_000) tryOn(() => brotliDecompressSync(bytes))
  return found
}
