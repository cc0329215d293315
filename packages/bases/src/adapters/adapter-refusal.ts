import { weightsRefusal } from '../weights/weights-refusal.ts'

export const configName = 'adapter_config.json'
export const originName = 'consort.json'
export const tensorsName = 'adapter_model.safetensors'

/** The refusal of an adapter, by the name of its file and of what is wrong in it. */
export function adapterRefusal(
  file: typeof configName | typeof originName | typeof tensorsName,
  why: string,
  hint: string,
) {
  return weightsRefusal(file, why, hint)
}
