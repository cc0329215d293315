import { z } from 'zod'
import { configRefusal } from './config-refusal.ts'

const said = z.looseObject({
  rope_theta: z.number().nullish(),
  rope_type: z.string().nullish(),
  /** Its older name. */
  type: z.string().nullish(),
  factor: z.number().nullish(),
  low_freq_factor: z.number().nullish(),
  high_freq_factor: z.number().nullish(),
  original_max_position_embeddings: z.number().nullish(),
  partial_rotary_factor: z.number().nullish(),
})

const fileSchema = z.looseObject({
  rope_theta: z.number().nullish(),
  /** Since transformers 5. */
  rope_parameters: said.nullish(),
  rope_scaling: said.nullish(),
})

/** Reads rotary positions in both spellings of `config.json`. Throws `weights-invalid` for an unknown stretching. */
export function readRope(file: Readonly<Record<string, unknown>>) {
  const parsed = fileSchema.safeParse(file)
  if (!parsed.success) throw configRefusal('its rotary positions are not described as usual')
  const { rope_parameters: parameters, rope_scaling: older, rope_theta: theta } = parsed.data
  const scaling = parameters ?? older
  const kind = scaling?.rope_type ?? scaling?.type ?? 'default'
  if ((scaling?.partial_rotary_factor ?? 1) !== 1) throw configRefusal('it turns only a part of each head')
  return { theta: parameters?.rope_theta ?? theta ?? 10_000, scaling: scalingOf(kind, scaling ?? {}) }
}

function scalingOf(kind: string, scaling: z.infer<typeof said>) {
  switch (kind) {
    case 'default':
      return null
    case 'linear':
      return { kind, factor: scaling.factor }
    case 'llama3':
      return {
        kind,
        factor: scaling.factor,
        lowFrequencyFactor: scaling.low_freq_factor,
        highFrequencyFactor: scaling.high_freq_factor,
        positionsBefore: scaling.original_max_position_embeddings,
      }
    default:
      throw configRefusal(`its rotary positions are stretched by ${kind}`, 'Known are linear and llama3.')
  }
}
