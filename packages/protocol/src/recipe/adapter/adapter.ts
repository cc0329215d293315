import { digestSchema } from '@consort/basics'
import { type Contradiction, type InputSpec, tokensMaxOf } from '@consort/records'
import { z } from 'zod'
import { baseConfigSchema } from './base-config.ts'

/** A part of a base model, by the end of its name, as PEFT's `target_modules`: `query`, `mlp.c_proj`. */
const moduleName = z
  .string()
  .max(200)
  .regex(/^[A-Za-z0-9_]+(\.[A-Za-z0-9_]+)*$/, 'names joined by dots')

/**
 * A base model that never travels, and what is trained beside it (Hu et al. 2021): to the product x·Wᵀ of each target
 * is added (alpha/rank)·x·Aᵀ·Bᵀ. The hub knows of the base only what stands here.
 */
export const adapterSchema = z.strictObject({
  kind: z.literal('adapter'),
  base: z.strictObject({
    name: z.string().min(1).max(200),
    /** Names config, tokenizer and weights as a whole: each node must have a base with this digest. */
    sha256: digestSchema,
    config: baseConfigSchema,
  }),
  task: z.enum(['classify', 'embed', 'generate']),
  /**
   * How a text becomes one vector: the mean over its tokens, its first token through the base's pooler, or its last. By
   * default the mean for bert, and the last for the others.
   */
  pooling: z.enum(['mean', 'first', 'last']).optional(),
  lora: z.strictObject({
    rank: z.int().min(1).max(1024).default(8),
    alpha: z.number().positive().max(65_536).default(16),
    /** None: only the output layer is trained. */
    targets: z.array(moduleName).max(100),
    /** What is trained as a whole, as PEFT's `modules_to_save`: `classifier` of bert, `score` of the others. */
    modulesToSave: z.array(moduleName).max(10).default([]),
  }),
})
export type AdapterSpec = z.infer<typeof adapterSchema>

/** What no single field of an adapter's recipe shows. */
export function adapterContradictions(of: {
  readonly model: AdapterSpec
  readonly input: InputSpec
  readonly task: { readonly kind: string }
}): Contradiction[] {
  const { model, input, task } = of
  const found: Contradiction[] = []
  const say = (path: string[], message: string) => found.push({ path, message })
  if (tokensMaxOf(input) === undefined)
    say(['model', 'kind'], 'an adapter needs `input.kind: text` with `tokenizer: {kind: base}`')
  if (model.task === 'classify' && task.kind !== 'classification')
    say(['model', 'task'], 'classify needs `task.kind: classification`')
  if (model.task === 'generate' && model.base.config.family === 'bert')
    say(['model', 'task'], 'a bert reads whole texts and writes none: take classify, or another base')
  const pooling = model.pooling
  if (pooling !== undefined && model.task === 'generate')
    say(['model', 'pooling'], 'who writes token by token has no vector of a whole text')
  if (pooling === 'first' && model.base.config.family !== 'bert')
    say(['model', 'pooling'], 'the first token of a base that looks back only knows nothing of the others')
  return found
}
