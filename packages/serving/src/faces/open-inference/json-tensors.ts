import { countOf, type Tensor, type TensorHead, tensorRefusal } from '@consort/records'

/** Nested no deeper than shapes are. */
const depthMax = 8

/**
 * A tensor whose values came as JSON: flat or nested, row after row; null where nothing is recorded. Throws
 * `input-invalid` for another number of values than the shape has, or values of another kind.
 */
export function readJson({ name, datatype, shape }: TensorHead, data: unknown): Tensor {
  if (!Array.isArray(data)) throw tensorRefusal(name, 'the data are no array', 'Send `data: […]`.')
  const values: unknown[] = data.some(Array.isArray) ? data.flat(depthMax) : data
  const count = countOf(shape)
  if (values.length !== count) {
    throw tensorRefusal(
      name,
      `there are ${values.length} values for a shape of ${shape.join(' × ')}`,
      `Send ${count} of them, row after row.`,
    )
  }
  if (datatype === 'BYTES') return { name, datatype, shape, values: values.map(value => textOf(name, value)) }
  const isNumber = datatype === 'BOOL' ? isTruth : isNumeric
  const numbers = Float64Array.from(values, value => {
    if (value === null) return Number.NaN
    if (isNumber(value)) return Number(value)
    throw tensorRefusal(name, `a value is no ${datatype}`, 'Send numbers as numbers, and texts as BYTES.')
  })
  return { name, datatype, shape, values: numbers }
}

function textOf(name: string, value: unknown): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  throw tensorRefusal(name, 'a value is no text', 'Send texts for BYTES.')
}

function isTruth(value: unknown): boolean {
  return typeof value === 'boolean'
}

function isNumeric(value: unknown): boolean {
  return typeof value === 'number'
}
