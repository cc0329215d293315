import { type Digest, digestOfJson, digestSchema, Refusal } from '@consort/protocol'
import { z } from 'zod'

/** As on the Hugging Face hub: a name, or an organisation and a name. It names no folder here. */
export const baseNameSchema = z
  .string()
  .max(96)
  .regex(/^[A-Za-z0-9][\w.-]*(\/[A-Za-z0-9][\w.-]*)?$/)

const keptFileSchema = z.strictObject({ name: z.string(), bytes: z.int().min(0), sha256: digestSchema })
export type KeptFile = z.infer<typeof keptFileSchema>

/** What a store knows of a base, beside its files. */
export const baseRecordSchema = z.strictObject({
  /** Of this file. */
  format: z.literal(1),
  name: baseNameSchema,
  /** See `digestOfBase`. */
  sha256: digestSchema,
  family: z.enum(['bert', 'llama', 'qwen2', 'gpt2']),
  /** Numbers in all tensors. */
  parameters: z.int(),
  licence: z.strictObject({
    name: z.string(),
    from: z.enum(['operator', 'model card', 'licence file', 'gguf']),
  }),
  /** Files that decide what the base computes, sorted by name. */
  files: z.array(keptFileSchema).min(1),
  /** Files that tell of it, such as its licence. */
  beside: z.array(keptFileSchema),
  /** Tensors that hold a number which is not finite. */
  notFinite: z.array(z.string()),
})
export type BaseRecord = z.infer<typeof baseRecordSchema>

/**
 * The digest that names a base: of the canonical JSON of its deciding files, sorted by name. The same files give the
 * same digest wherever they lie and whatever the base is called; the same weights in other files give another.
 */
export function digestOfBase(files: readonly KeptFile[]): Digest {
  return digestOfJson(files.toSorted((a, b) => (a.name < b.name ? -1 : 1)))
}

/** Checks what an operator calls a base. Throws `input-invalid`. */
export function parseBaseName(name: string): string {
  const parsed = baseNameSchema.safeParse(name)
  if (parsed.success) return parsed.data
  throw new Refusal('input-invalid', `${JSON.stringify(name.slice(0, 100))} cannot name a base`, {
    hint: 'Give --name: letters, digits, points, hyphens and underlines, with one slash at most.',
  })
}
