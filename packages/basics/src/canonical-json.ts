/**
 * One text for one value, so that a digest means something: the JSON canonicalisation scheme (RFC 8785).
 * Object keys are sorted by UTF-16 code units, numbers and strings are written as ECMAScript writes them.
 * A member that is undefined is left out.
 * Throws a `TypeError` for what JSON cannot say (undefined, functions, NaN, infinities, dates, maps, half a surrogate
 * pair): that is a bug.
 */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return canonicalText(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} has no canonical form`)
    return JSON.stringify(value)
  }
  if (Array.isArray(value)) return `[${Array.from(value, canonicalJson).join(',')}]`
  if (typeof value === 'object' && isPlain(value)) {
    const members = Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
    return `{${members.map(([key, member]) => `${canonicalText(key)}:${canonicalJson(member)}`).join(',')}}`
  }
  throw new TypeError(`${typeof value} has no canonical form`)
}

function canonicalText(text: string): string {
  if (!text.isWellFormed()) throw new TypeError('Half a surrogate pair has no canonical form')
  return JSON.stringify(text)
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}
