import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { OptimiserSpec } from '@consort/protocol'
import { assertClose, numbers } from '../testing/run-graph.ts'
import { createOptimiser, stateArraysOf } from '../training/optimiser.ts'
import { createParameterMemory } from '../training/parameter-memory.ts'
import { compileKernels } from './compile.ts'
import { add, div, type Expression, type Kernel, load, mul, scalar, sqrt, sub } from './expression.ts'
import { optimiserKernels } from './optimiser-kernels.ts'
import type {} from './web-assembly.ts'

const reference: { optimisers: Record<string, number[][]> } = JSON.parse(
  readFileSync(new URL('../../fixtures/reference.json', import.meta.url), 'utf8'),
)

const specs: Record<string, OptimiserSpec> = {
  sgd: { kind: 'sgd', learningRate: 0.1, momentum: 0, nesterov: false, weightDecay: 0.01 },
  momentum: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: false, weightDecay: 0.01 },
  nesterov: { kind: 'sgd', learningRate: 0.1, momentum: 0.9, nesterov: true, weightDecay: 0 },
  adam: { kind: 'adam', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.05 },
  adamw: { kind: 'adamw', learningRate: 0.01, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 0.1 },
}

for (const [name, spec] of Object.entries(specs)) {
  test(`${name}: five steps equal PyTorch's, and start over after a reset`, () => {
    const memory = createParameterMemory(6, { ...stateArraysOf(spec), anchor: false })
    const optimiser = createOptimiser(spec, memory)
    for (const round of [1, 2]) {
      memory.parameters.set(numbers([6], 1))
      optimiser.reset()
      for (const [step, expected] of reference.optimisers[name]!.entries()) {
        memory.gradients.set(numbers([6], 10 + step))
        optimiser.step(spec.learningRate)
        assertClose(memory.parameters, expected, 1e-6, `round ${round}, step ${step}`)
      }
    }
  })
}

test('the proximal term pulls towards the anchor', () => {
  const memory = createParameterMemory(5, { moments: false, squares: false, anchor: true })
  const optimiser = createOptimiser(specs.sgd!, memory)
  memory.parameters.set([1, 2, 3, 4, 5])
  memory.anchor!.set([1, 1, 1, 1, 7])
  memory.gradients.set([0, 0, 1, 1, 0])
  optimiser.addProximal(0.5)
  assert.deepEqual([...memory.gradients], [0, 0.5, 2, 2.5, -1])
})

/** The same expression, number by number, rounding to float32 as the hardware does. */
function interpret(
  expression: Expression,
  arrays: Record<string, number>,
  scalars: Record<string, number>,
): number {
  const of = (inner: Expression): number => interpret(inner, arrays, scalars)
  switch (expression.kind) {
    case 'load':
      return arrays[expression.pointer]!
    case 'scalar':
      return Math.fround(scalars[expression.name]!)
    case 'sqrt':
      return Math.fround(Math.sqrt(of(expression.of)))
    case 'add':
      return Math.fround(of(expression.left) + of(expression.right))
    case 'sub':
      return Math.fround(of(expression.left) - of(expression.right))
    case 'mul':
      return Math.fround(of(expression.left) * of(expression.right))
    case 'div':
      return Math.fround(of(expression.left) / of(expression.right))
    case 'min':
      return Math.min(of(expression.left), of(expression.right))
    case 'max':
      return Math.max(of(expression.left), of(expression.right))
  }
}

const shared = mul(load('a'), scalar('s'))
const kernels: Record<string, Kernel> = {
  ...optimiserKernels,
  shared: {
    pointers: ['a', 'b'],
    scalars: ['s', 'many', 'more'],
    stores: [
      { pointer: 'a', value: add(sqrt(mul(shared, shared)), div(load('b'), scalar('many'))) },
      { pointer: 'b', value: sub(shared, scalar('more')) },
    ],
  },
}

for (const [name, kernel] of Object.entries(kernels)) {
  test(`kernel ${name} computes what its expression says, bit for bit, and touches nothing else`, () => {
    const size = 12
    const wasm = new WebAssembly.Memory({ initial: 1, maximum: 1 })
    const module = new WebAssembly.Module(compileKernels({ [name]: kernel }))
    const instance = new WebAssembly.Instance(module, { env: { memory: wasm } })
    const all = new Float32Array(wasm.buffer)
    const guard = 4
    const starts = kernel.pointers.map((_, index) => guard + index * (size + guard))
    all.fill(42, 0, guard + kernel.pointers.length * (size + guard))
    for (const [index, start] of starts.entries()) all.set(numbers([size], index + 1, 0.1, 2), start)
    const before = all.slice()
    const scalars = Object.fromEntries(
      kernel.scalars.map((scalarName, index) => [scalarName, 0.3 + 0.17 * index]),
    )

    const expected = before.slice()
    for (let element = 0; element < size; element++) {
      const arrays = Object.fromEntries(
        kernel.pointers.map((pointer, index) => [pointer, before[starts[index]! + element]!]),
      )
      for (const { pointer, value } of kernel.stores) {
        expected[starts[kernel.pointers.indexOf(pointer)]! + element] = interpret(value, arrays, scalars)
      }
    }
    const run = instance.exports[name] as (...values: number[]) => void
    run(...starts.map(start => start * 4), size, ...Object.values(scalars))
    assert.deepEqual(all, expected)
    run(...starts.map(start => start * 4), 0, ...Object.values(scalars))
    assert.deepEqual(all, expected)
  })
}
