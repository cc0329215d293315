import { encodeRecord, readImage } from '@consort/data'
import { type CaseRecord, type Recipe, Refusal } from '@consort/protocol'

/**
 * The numbers that training would make of this record: the features of a row, or pixels from 0 to 255, plane after
 * plane. Throws `value-invalid` with the field's name, `record.kind` or `record.file` as path; never repeats a value.
 */
export async function encodeCase(
  record: CaseRecord,
  recipe: Pick<Recipe, 'input' | 'task'>,
): Promise<Float32Array> {
  const { input } = recipe
  if ((record.kind === 'image') !== (input.kind === 'images')) {
    const wanted = input.kind === 'images' ? 'an image' : 'a row'
    throw new Refusal('value-invalid', `The model is asked about ${wanted}`, {
      hint: `Send \`record.kind: ${input.kind === 'images' ? 'image' : 'row'}\`.`,
      path: 'record.kind',
    })
  }
  if (record.kind === 'row') return encodeRecord(record.cells, recipe)
  if (input.kind !== 'images') throw new TypeError('checked above')
  try {
    return Float32Array.from(await readImage(Buffer.from(record.file, 'base64'), input))
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { message, hint } = error
    throw new Refusal('value-invalid', message, { ...(hint && { hint }), path: 'record.file', cause: error })
  }
}
