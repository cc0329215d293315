import { Refusal } from '@consort/protocol'
import { drawWeights, initialWeights } from '../../model/initial-weights.ts'
import type { ModelFamily } from '../family.ts'
import { planAdapter } from './adapter-plan.ts'

/** A base model that stays where it is, and what is trained beside it; the hub knows the base by its config only. */
export const adapter: ModelFamily = {
  describe(recipe) {
    const plan = planAdapter(recipe)
    return {
      layout: plan.layout,
      frozen: plan.spec.base.sha256,
      initialWeights: seed => initialWeights(plan, seed),
      drawWeights: seed => drawWeights(plan, seed),
    }
  },
  exportModel({ name }) {
    throw new Refusal(
      'recipe-invalid',
      `${name} is an adapter, which without its base is no model to be exported`,
      {
        hint: 'Give its weights on as they are: they are an `adapter_model.safetensors` of PEFT.',
      },
    )
  },
  async loadEngine() {
    const [{ openTokenTrainer, openTokenScorer }, { openDecoder }] = await Promise.all([
      import('./token-trainer.ts'),
      import('./decoder.ts'),
    ])
    return { openTrainer: openTokenTrainer, openScorer: openTokenScorer, openDecoder }
  },
}
