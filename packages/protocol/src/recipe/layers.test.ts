import assert from 'node:assert/strict'
import test from 'node:test'
import { modelSchema } from './layers.ts'

const dense = { kind: 'dense', units: 4 }
const layerNorm = { kind: 'layer-norm' }
const groupNorm = { kind: 'group-norm', groups: 2 }
const embedding = { kind: 'embedding', dimensions: 8 }

test('normalisation has no activation, and embeddings share nothing, unless said', () => {
  const parsed = modelSchema.parse({ kind: 'mlp', layers: [embedding, layerNorm, dense] })
  assert.deepEqual(parsed.kind === 'mlp' && parsed.layers.slice(0, 2), [
    { kind: 'embedding', dimensions: 8, shared: false },
    { kind: 'layer-norm', activation: 'none' },
  ])
  const cnn = modelSchema.parse({ kind: 'cnn', layers: [groupNorm, layerNorm] })
  assert.deepEqual(cnn.kind === 'cnn' && cnn.layers[0], { kind: 'group-norm', groups: 2, activation: 'none' })
})

const refused: Record<string, object> = {
  'groups of channels where there are none': { kind: 'mlp', layers: [groupNorm] },
  'an embedding of pictures': { kind: 'cnn', layers: [embedding] },
  'normalisation over the batch': { kind: 'cnn', layers: [{ kind: 'batch-norm' }] },
  'no groups': { kind: 'cnn', layers: [{ ...groupNorm, groups: 0 }] },
  'groups unsaid': { kind: 'cnn', layers: [{ kind: 'group-norm' }] },
  'an embedding into nothing': { kind: 'mlp', layers: [{ ...embedding, dimensions: 0 }] },
  'half a dimension': { kind: 'mlp', layers: [{ ...embedding, dimensions: 2.5 }] },
  'too many dimensions': { kind: 'mlp', layers: [{ ...embedding, dimensions: 1025 }] },
  'a field of another layer': { kind: 'mlp', layers: [{ ...layerNorm, groups: 2 }] },
}
for (const [what, model] of Object.entries(refused)) {
  test(`refused: ${what}`, () => assert.equal(modelSchema.safeParse(model).success, false))
}
