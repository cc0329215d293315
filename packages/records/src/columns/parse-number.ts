/**
 * A decimal number as programs write it, e.g. `12`, `-0.5`, `.5`, `1e-3`; undefined for all else, such as `1,5`,
 * `0x10`, `NaN`, `inf`, and for numbers outside the range of a float64.
 */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return undefined
  const value = Number(text)
  return Number.isFinite(value) ? value : undefined
}
