import assert from 'node:assert/strict'
import test from 'node:test'
import { recipeSchema } from '@consort/protocol'
import { externalTrainer } from './external-trainer.ts'

const recipe = recipeSchema.parse({
  recipe: 1,
  name: 'notes',
  dataset: 'notes',
  task: { kind: 'classification', classes: ['a', 'b'] },
  input: { kind: 'text', tokenizer: { kind: 'base' }, lengthMax: 16 },
  model: {
    kind: 'adapter',
    base: {
      name: 'tiny',
      sha256: `sha256:${'7'.repeat(64)}`,
      config: {
        family: 'bert',
        vocabulary: 40,
        hidden: 16,
        layers: 2,
        heads: 4,
        intermediate: 24,
        positions: 64,
        normEpsilon: 1e-12,
        activation: 'gelu',
        tokenTypes: 2,
      },
    },
    task: 'classify',
    lora: { targets: ['query'] },
  },
})

test('a recipe over the tokens of a base is refused before anything is read, and the policy is named', () => {
  const load = () => assert.fail('the data were read')
  const settings = { command: ['train'] }
  assert.throws(
    () => externalTrainer(undefined as never, { recipe } as never, { settings, endsAt: 0, load }),
    { code: 'policy-refused', message: /cannot train notes/, hint: /`trainer.recipes` of the policy/ },
  )
})
