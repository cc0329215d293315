import { exportModel } from '../../model/export-model.ts'
import { drawWeights, initialWeights } from '../../model/initial-weights.ts'
import { planModel } from '../../model/model-plan.ts'
import type { ModelFamily } from '../family.ts'

/** Networks whose layers a recipe lists; an ONNX graph trains all of their weights. */
export const layered: ModelFamily = {
  describe(recipe) {
    const plan = planModel(recipe)
    return {
      layout: plan.layout,
      frozen: null,
      initialWeights: seed => initialWeights(plan, seed),
      drawWeights: seed => drawWeights(plan, seed),
    }
  },
  exportModel,
  async loadEngine() {
    const [{ openTrainer }, { openScorer }] = await Promise.all([
      import('../../executor/trainer.ts'),
      import('../../executor/scorer.ts'),
    ])
    return {
      openTrainer: (recipe, examples, { threads, entropy } = {}) =>
        openTrainer(recipe, examples, threads, entropy),
      openScorer: (recipe, examples, { threads } = {}) => openScorer(recipe, examples, threads),
    }
  },
}
