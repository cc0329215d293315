import { type Digest, digestSchema } from '@consort/protocol'
import { z } from 'zod'
import { shown } from '../weights/weights-refusal.ts'
import { adapterRefusal, configName, originName } from './adapter-refusal.ts'

/** Which of Hugging Face's models stands around the base: their names of tensors differ. */
const taskSchema = z.enum(['SEQ_CLS', 'CAUSAL_LM', 'FEATURE_EXTRACTION'])
export type AdapterTask = z.infer<typeof taskSchema>

/** What decides shapes and arithmetic of a LoRA adapter (Hu et al. 2021): W + (alpha / rank)·B·A. */
export interface AdapterConfig {
  /** What the adapter calls its base. */
  readonly baseName: string
  readonly task: AdapterTask
  readonly rank: number
  readonly alpha: number
  /** Ends of the names of the linear layers that are adapted, sorted. */
  readonly targets: readonly string[]
  /** Layers that are trained as a whole and come along, such as a head. */
  readonly modulesToSave: readonly string[]
}

const fileSchema = z.looseObject({
  peft_type: z.string(),
  base_model_name_or_path: z.string().nullish(),
  task_type: z.string().nullish(),
  r: z.int().min(1).max(4096),
  lora_alpha: z.number().positive(),
  target_modules: z.union([z.array(z.string()), z.string()]).nullish(),
  modules_to_save: z.array(z.string()).nullish(),
})

/** Settings of PEFT that change no arithmetic, or are read here. One that this list does not have is refused. */
const plainSettings = new Set([
  ...['auto_mapping', 'base_model_name_or_path', 'bias', 'corda_config'],
  ...['ensure_weight_tying', 'eva_config', 'fan_in_fan_out', 'inference_mode', 'init_lora_weights'],
  ...['layers_pattern', 'lora_alpha', 'lora_dropout', 'lora_ga_config', 'megatron_core', 'modules_to_save'],
  ...['peft_type', 'peft_version', 'qalora_group_size', 'r', 'revision', 'runtime_config', 'target_modules'],
  'task_type',
])
/** Others change the base before the training, so that the adapter fits another base than its own. */
const plainStarts: readonly unknown[] = [undefined, null, true, false, 'gaussian', 'orthogonal', 'eva']

/** Reads `adapter_config.json` as PEFT writes it. Throws `weights-invalid` for what is not computed here. */
export function readAdapterConfig(json: unknown): AdapterConfig {
  const parsed = fileSchema.safeParse(json)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw adapterRefusal(
      configName,
      `${issue?.path.join('.')}: ${issue?.message}`,
      'Take it as PEFT saved it.',
    )
  }
  const file = parsed.data
  const lora = 'Only LoRA without variants is read: take such an adapter.'
  if (file.peft_type !== 'LORA') throw adapterRefusal(configName, `it is ${shown(file.peft_type)}`, lora)
  if (typeof file.bias === 'string' && file.bias !== 'none')
    throw adapterRefusal(configName, `it trains biases (bias: ${shown(file.bias)})`, lora)
  const other = Object.keys(file).find(
    name =>
      (!plainSettings.has(name) && isSaid(file[name])) ||
      (name === 'init_lora_weights' && !plainStarts.includes(file[name])),
  )
  if (other !== undefined)
    throw adapterRefusal(configName, `${shown(other)} is ${JSON.stringify(file[other]).slice(0, 80)}`, lora)
  if (!Array.isArray(file.target_modules) || file.target_modules.length === 0)
    throw adapterRefusal(configName, 'target_modules is no list of layers', 'Write the names of the layers.')
  const task = taskSchema.safeParse(file.task_type)
  if (!task.success)
    throw adapterRefusal(
      configName,
      `task_type is ${shown(String(file.task_type))}`,
      `Known are ${taskSchema.options.join(', ')}.`,
    )
  return {
    baseName: file.base_model_name_or_path ?? '',
    task: task.data,
    rank: file.r,
    alpha: file.lora_alpha,
    targets: [...new Set(file.target_modules)].sort(),
    modulesToSave: [...new Set(file.modules_to_save ?? [])].sort(),
  }
}

const originSchema = z.looseObject({ base: z.looseObject({ sha256: digestSchema }) })

/** Reads which base an adapter is for, from a file beside PEFT's: PEFT warns of settings that it does not know. */
export function readOrigin(json: unknown): Digest {
  const parsed = originSchema.safeParse(json)
  if (parsed.success) return parsed.data.base.sha256
  throw adapterRefusal(originName, 'it names no base', 'Remove it, if the adapter is for this base.')
}

/** The same as PEFT reads it. `fan_in_fan_out` is for gpt2, whose linear layers are [in, out]. */
export function adapterConfigFile(config: AdapterConfig, isInByOut: boolean): object {
  return {
    peft_type: 'LORA',
    task_type: config.task,
    base_model_name_or_path: config.baseName,
    r: config.rank,
    lora_alpha: config.alpha,
    lora_dropout: 0,
    target_modules: config.targets,
    modules_to_save: config.modulesToSave.length === 0 ? null : config.modulesToSave,
    bias: 'none',
    fan_in_fan_out: isInByOut,
    inference_mode: true,
  }
}

function isSaid(value: unknown): boolean {
  if (value === undefined || value === null || value === false) return false
  return typeof value !== 'object' || Object.keys(value).length > 0
}
