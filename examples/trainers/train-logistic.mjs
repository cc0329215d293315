// Trains one round of a Consort recipe without a hidden layer, by plain SGD, in nothing but Node.
// The node starts it with a folder as its only argument; docs/trainers.md says what is in there and what has to be.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const folder = process.argv[2]
const task = JSON.parse(readFileSync(join(folder, 'task.json'), 'utf8'))
const { recipe, epochs, files } = task
if (task.contract !== 1) throw new Error('this trainer knows contract 1 only')

const { inputs, labels } = readTensors(join(folder, files.data))
const weights = readTensors(join(folder, files.weights))
const names = Object.keys(weights).sort()
if (names.join() !== 'output.bias,output.weight') throw new Error('this trainer knows no hidden layers')

const [outputs, width] = weights['output.weight'].shape
const [count] = labels.shape
const [w, b] = [weights['output.weight'].values, weights['output.bias'].values]
const uniform = createUniform(task.seed)
let loss = null
for (let epoch = 0; epoch < epochs; epoch++) {
  loss = trainEpoch() / count
  console.log(JSON.stringify({ progress: (epoch + 1) / epochs }))
}
writeTensors(join(folder, files.update), weights)
writeFileSync(join(folder, files.metrics), JSON.stringify({ loss, examples: count }))

/** One pass over all examples in a new order; returns the sum of their losses. */
function trainEpoch() {
  const order = shuffled(count)
  const { learningRate } = recipe.optimiser
  let sum = 0
  for (let from = 0; from < count; from += recipe.batchSize) {
    const batch = order.slice(from, from + recipe.batchSize)
    const gradient = { w: new Float64Array(w.length), b: new Float64Array(outputs) }
    for (const row of batch) sum += addGradient(gradient, row)
    for (let i = 0; i < w.length; i++) w[i] -= (learningRate * gradient.w[i]) / batch.length
    for (let k = 0; k < outputs; k++) b[k] -= (learningRate * gradient.b[k]) / batch.length
  }
  return sum
}

/** Adds the gradient of one example's loss, and returns the loss. */
function addGradient(gradient, row) {
  const x = inputs.values.subarray(row * width, (row + 1) * width)
  const scores = Array.from(b, (bias, k) => x.reduce((sum, value, i) => sum + w[k * width + i] * value, bias))
  const { value, slopes } = lossOf(scores, Number(labels.values[row]))
  for (const [k, slope] of slopes.entries()) {
    gradient.b[k] += slope
    for (let i = 0; i < width; i++) gradient.w[k * width + i] += slope * x[i]
  }
  return value
}

/** The loss of one example, and its derivative by each score. */
function lossOf(scores, label) {
  if (recipe.task.kind === 'regression') {
    return { value: (scores[0] - label) ** 2, slopes: [2 * (scores[0] - label)] }
  }
  if (recipe.loss === 'binary-cross-entropy') {
    const [s] = scores
    const value = Math.max(s, 0) + Math.log1p(Math.exp(-Math.abs(s))) - label * s
    return { value, slopes: [1 / (1 + Math.exp(-s)) - label] }
  }
  const largest = Math.max(...scores)
  const powers = scores.map(s => Math.exp(s - largest))
  const total = powers.reduce((sum, power) => sum + power)
  const distances = powers.map((power, k) => power / total - (k === label ? 1 : 0))
  if (recipe.loss === 'squared-error') {
    const mean = distances.reduce((sum, distance, k) => sum + (distance * powers[k]) / total, 0)
    const slopes = distances.map((distance, k) => ((2 * powers[k]) / total) * (distance - mean))
    return { value: distances.reduce((sum, distance) => sum + distance ** 2, 0), slopes }
  }
  return { value: largest + Math.log(total) - scores[label], slopes: distances }
}

function readTensors(path) {
  const bytes = readFileSync(path)
  const start = 8 + Number(bytes.readBigUInt64LE())
  const header = JSON.parse(bytes.toString('utf8', 8, start))
  delete header.__metadata__
  const read = ([name, { dtype, shape, data_offsets: offsets }]) => {
    const [from, to] = offsets.map(offset => bytes.byteOffset + start + offset)
    const Values = dtype === 'I64' ? BigInt64Array : Float32Array
    return [name, { shape, values: new Values(bytes.buffer.slice(from, to)) }]
  }
  return Object.fromEntries(Object.entries(header).map(read))
}

function writeTensors(path, tensors) {
  const header = {}
  let end = 0
  for (const [name, { shape, values }] of Object.entries(tensors)) {
    header[name] = { dtype: 'F32', shape, data_offsets: [end, end + values.byteLength] }
    end += values.byteLength
  }
  const json = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  const data = Object.values(tensors).map(({ values }) => Buffer.from(values.buffer))
  writeFileSync(path, Buffer.concat([length, json, ...data]))
}

/** The numbers below n in an order that the seed fixes (Fisher, Yates). */
function shuffled(n) {
  const order = Array.from({ length: n }, (_, index) => index)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform() * (i + 1))
    ;[order[i], order[j]] = [order[j], order[i]]
  }
  return order
}

/** Numbers in [0, 1) from a seed of 32 bits (splitmix32). */
function createUniform(seed) {
  let state = seed | 0
  return () => {
    state = (state + 0x9e3779b9) | 0
    let x = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    x = Math.imul(x ^ (x >>> 15), 0x735a2d97)
    return ((x ^ (x >>> 15)) >>> 0) / 2 ** 32
  }
}
