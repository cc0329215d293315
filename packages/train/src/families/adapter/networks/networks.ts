import type { BaseConfig } from '@consort/protocol'
import { bert } from './bert.ts'
import { gpt2 } from './gpt2.ts'
import { llama } from './llama.ts'
import type { NetworkPlan } from './network.ts'

/** The network of a base model. Throws `recipe-invalid` for one that is computed otherwise than here. */
export function networkOf(config: BaseConfig): NetworkPlan {
  switch (config.family) {
    case 'bert':
      return bert(config)
    case 'gpt2':
      return gpt2(config)
    case 'llama':
    case 'qwen2':
      return llama(config)
  }
}
