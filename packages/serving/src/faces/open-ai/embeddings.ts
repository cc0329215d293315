import { encodeCase, writtenAs } from '@consort/data'
import { caseRecordSchema, type Recipe, Refusal } from '@consort/protocol'
import { z } from 'zod'
import { type FaceRequest, type FaceResponse, jsonResponse } from '../face.ts'
import type { ServedModels } from '../served-models.ts'

const inputsMax = 256

const requestSchema = z.object({
  model: z.string().min(1).max(100),
  input: z.union([z.string(), z.array(z.string()).min(1).max(inputsMax)], {
    error: `a text, or 1 to ${inputsMax} of them`,
  }),
  encoding_format: z.enum(['float', 'base64']).default('float'),
  dimensions: z.undefined({ error: 'the model’s own width is the only one' }).optional(),
})

/**
 * Embeddings of records: what the last layer of the agent's model is given, or for a model without other layers the
 * features as they are scaled. Each input is the text of one record: a table's as a JSON object of its fields, a
 * picture as a data URL (`data:image/png;base64,…`). Nothing is asked of the agent, so that no case is made. Throws
 * `input-invalid` and `value-invalid`.
 */
export async function embeddings({ body }: FaceRequest, served: ServedModels): Promise<FaceResponse> {
  const { model: name, input, encoding_format: format } = parseRequest(body)
  const model = await served.model(name)
  const texts = typeof input === 'string' ? [input] : input
  const inputs = await Promise.all(texts.map((text, index) => encodeText(text, model.recipe, index)))
  const vectors = await served.embed(model.name, inputs)
  return jsonResponse({
    object: 'list',
    model: model.name,
    data: vectors.map((vector, index) => ({
      object: 'embedding',
      index,
      embedding: format === 'base64' ? base64Of(vector) : [...vector],
    })),
    usage: { prompt_tokens: 0, total_tokens: 0 },
  })
}

function parseRequest(body: Uint8Array): z.output<typeof requestSchema> {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('utf8'))
  } catch {
    throw new Refusal('input-invalid', 'The body is not JSON')
  }
  const parsed = requestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const path = issue.path.map(String).join('.')
  throw new Refusal('input-invalid', `${path || 'body'}: ${issue.message}`, { path })
}

async function encodeText(text: string, recipe: Pick<Recipe, 'input'>, index: number): Promise<Float32Array> {
  const written = writtenAs(recipe.input.kind)
  const parsed = caseRecordSchema.safeParse(written.read(text))
  if (parsed.success) return await encodeCase(parsed.data, recipe)
  throw new Refusal('input-invalid', `Input ${index} is no record of this model`, {
    hint: written.hint,
    path: `input.${index}`,
  })
}

/** Float32 numbers, little-endian. */
function base64Of(vector: Float32Array): string {
  const octets = Buffer.allocUnsafe(vector.length * 4)
  for (const [index, value] of vector.entries()) octets.writeFloatLE(value, index * 4)
  return octets.toString('base64')
}
