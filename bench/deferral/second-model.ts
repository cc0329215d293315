import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { digestOfJson, parseRecipe, type Recipe } from '@consort/protocol'
import { initializersOf, planModel } from '@consort/train'
import { openEngine } from '@consort/train/engine'
import { type Pictures, side } from './cifar-pictures.ts'

/** How the published model normalises its input, channel by channel. */
const published = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }
const input = {
  kind: 'images',
  height: side,
  width: side,
  channels: 3,
  mean: 0.449,
  deviation: 0.226,
} as const
const epochs = 8

const conv = (filters: number, more: object = {}) => ({
  kind: 'conv',
  filters,
  kernel: 3,
  padding: 1,
  ...more,
})
const block = (filters: number, stride: number) => ({
  kind: 'residual',
  layers: [conv(filters, { stride, activation: 'relu' }), conv(filters)],
  shortcut: stride === 1 ? [] : [conv(filters, { kernel: 1, padding: 0, stride })],
  activation: 'relu',
})
const stage = (filters: number, stride: number) => [
  block(filters, stride),
  block(filters, 1),
  block(filters, 1),
]

/** ResNet-20 (He, Zhang, Ren, Sun 2016), and how it is trained on. */
export const secondRecipe: Recipe = parseRecipe({
  recipe: 1,
  name: 'resnet-20',
  dataset: 'pictures',
  task: { kind: 'classification', classes: Array.from({ length: 10 }, (_, index) => `${index}`) },
  input: { ...input, shift: 2, mirror: true },
  model: {
    kind: 'cnn',
    layers: [
      conv(16, { activation: 'relu' }),
      ...stage(16, 1),
      ...stage(32, 2),
      ...stage(64, 2),
      { kind: 'global-average-pool' },
    ],
  },
  optimiser: { kind: 'adamw', learningRate: 5e-4, weightDecay: 0.05 },
  schedule: { kind: 'one-cycle', warmup: 0.1 },
  batchSize: 128,
})

/**
 * The published weights in the order of our plan, batch normalisation folded into the convolutions by whoever exported
 * them. Where a stage begins the published model passes every other pixel on, with zeros for the new channels: what our
 * convolutions of kernel 1 start from.
 */
export function publishedWeights(onnx: Uint8Array): Float32Array<ArrayBuffer> {
  const { layout } = planModel(secondRecipe)
  const found = initializersOf(onnx)
  const convolutions = [...found.keys()].filter(name => name.startsWith('onnx::Conv_')).values()
  const weights = new Float32Array(layout.size)
  const shortcuts = new Set(
    layout.tensors.filter(({ shape }) => shape[2] === 1).map(({ name }) => name.split('.')[0]),
  )
  for (const { name, shape, offset, size } of layout.tensors) {
    const [layer, part] = name.split('.')
    const target = weights.subarray(offset, offset + size)
    if (layer === 'output') target.set(found.get(`m.linear.${part}`)!.values)
    else if (!shortcuts.has(layer)) target.set(found.get(convolutions.next().value!)!.values)
    else if (part === 'weight') passOn(target, shape)
  }
  takeOurPixels(weights)
  return weights
}

function passOn(weight: Float32Array, [filters, channels]: readonly number[]): void {
  const before = (filters! - channels!) / 2
  for (let channel = 0; channel < channels!; channel++) weight[(before + channel) * channels! + channel] = 1
}

/** Our recipes scale all channels alike: what the first layer expects instead goes into its weights. */
function takeOurPixels(weights: Float32Array): void {
  const [weight, bias] = planModel(secondRecipe).layout.tensors
  const field = 9
  for (let filter = 0; filter < weight!.shape[0]!; filter++) {
    for (const [channel, mean] of published.mean.entries()) {
      const deviation = published.deviation[channel]!
      const start = weight!.offset + (filter * 3 + channel) * field
      for (let place = start; place < start + field; place++) {
        weights[bias!.offset + filter]! += (weights[place]! * (input.mean - mean)) / deviation
        weights[place]! *= input.deviation / deviation
      }
    }
  }
}

/** Kept between races: half an hour of training, which repeats bit for bit. */
const folder = join(import.meta.dirname, '..', 'results')
const kept = join(folder, `second-model-${digestOfJson([secondRecipe, epochs]).slice(7, 19)}.f32`)

export async function trainSecond(
  start: Float32Array<ArrayBuffer>,
  readTraining: () => Promise<Pictures>,
  onEpoch: (epoch: number, loss: number) => void,
): Promise<Float32Array<ArrayBuffer>> {
  if (existsSync(kept)) return new Float32Array(new Uint8Array(readFileSync(kept)).buffer)
  const { count, pixels, labels } = await readTraining()
  const train = { count, inputShape: [3, side, side], inputs: pixels, labels }
  await using engine = await openEngine({ recipe: secondRecipe, threads: 2, data: { train } })
  let weights = start
  for (let epoch = 0; epoch < epochs; epoch++) {
    const progress = [epoch / epochs, (epoch + 1) / epochs] as const
    const trained = await engine.train('train', {
      weights,
      epochs: 1,
      seed: epoch + 1,
      progress,
      proximal: 0,
    })
    weights = trained.weights
    onEpoch(epoch + 1, trained.loss!)
  }
  mkdirSync(folder, { recursive: true })
  writeFileSync(kept, new Uint8Array(weights.buffer))
  return weights
}
