import { countOf, type Tensor, tensorRefusal } from './tensor.ts'

/** At once: larger questions hold up those of others. */
const rowsMax = 1024

/** How many records a tensor holds, each of the given shape, which may be left out where it is 1. Throws. */
export function rowsOf({ name, shape }: Pick<Tensor, 'name' | 'shape'>, each: readonly number[]): number {
  const [rows = 0, ...rest] = shape
  const isEach = rest.length === each.length && rest.every((dimension, index) => dimension === each[index])
  const isPlain = rest.length === 0 && countOf(each) === 1
  if (!isEach && !isPlain) {
    throw tensorRefusal(
      name,
      `its shape is ${shape.join(' × ')}`,
      `The model takes ${['N', ...each].join(' × ')}.`,
    )
  }
  if (rows >= 1 && rows <= rowsMax) return rows
  throw tensorRefusal(name, `it has ${rows} records`, `Send from 1 to ${rowsMax} of them at once.`)
}

/** Throws `input-invalid` for an input that the model does not have. */
export function checkNames(inputs: ReadonlyMap<string, Tensor>, known: readonly string[]): void {
  const names = new Set(known)
  for (const name of inputs.keys()) {
    if (names.has(name)) continue
    throw tensorRefusal(
      name,
      'the model has no such input',
      `It has: ${known.slice(0, 20).join(', ')}${known.length > 20 ? ', …' : ''}.`,
    )
  }
}
