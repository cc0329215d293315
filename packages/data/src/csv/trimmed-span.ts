const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
const encoder = new TextEncoder()

/** The cell without white space at its ends, as `String.prototype.trim` takes it off. */
export function trimmedSpan(bytes: Uint8Array, start: number, end: number): { start: number; end: number } {
  let [from, to] = [start, end]
  while (from < to && isBlank(bytes[from]!)) from++
  while (from < to && isBlank(bytes[to - 1]!)) to--
  if (from === to || (bytes[from]! < 0x80 && bytes[to - 1]! < 0x80)) return { start: from, end: to }
  const text = decoder.decode(bytes.subarray(from, to))
  const later = text.trimStart()
  const before = encoder.encode(text.slice(0, text.length - later.length)).length
  return { start: from + before, end: from + before + encoder.encode(later.trimEnd()).length }
}

/** The white space of ASCII. */
function isBlank(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d)
}
