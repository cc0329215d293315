import assert from 'node:assert/strict'
import type { BinaryKind, Expression, Kernel } from './expression.ts'
import { section, sized, text, unsigned, vector } from './module-bytes.ts'

/**
 * Compiles kernels to one WebAssembly module (core specification 2.0, binary format) that imports the memory they
 * work on. Each becomes a function `(…pointers: byte offsets, count: elements, …scalars) → void` that goes through
 * its arrays four float32 at a time: arrays lie on 16 bytes and are padded to a multiple of four elements.
 */
export function compileKernels(kernels: Readonly<Record<string, Kernel>>): Uint8Array<ArrayBuffer> {
  const list = Object.entries(kernels)
  const types = list.map(([, { pointers, scalars }]) => [
    0x60,
    ...vector(
      [...pointers.map(() => type.i32), type.i32, ...scalars.map(() => type.f32)].map(code => [code]),
    ),
    0,
  ])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(types)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector(list.map((_, index) => unsigned(index)))),
    ...section(7, vector(list.map(([name], index) => [...text(name), 0x00, ...unsigned(index)]))),
    ...section(10, vector(list.map(([, kernel]) => sized(functionBody(kernel))))),
  ])
}

const type = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const

/** Opcodes after the SIMD prefix 0xfd. */
const simd = {
  load: 0x00,
  store: 0x0b,
  splat: 0x13,
  sqrt: 0xe3,
  add: 0xe4,
  sub: 0xe5,
  mul: 0xe6,
  div: 0xe7,
  min: 0xe8,
  max: 0xe9,
} as const satisfies Record<BinaryKind | 'load' | 'store' | 'splat' | 'sqrt', number>

const code = {
  loop: 0x03,
  block: 0x02,
  brIf: 0x0d,
  end: 0x0b,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  i32Const: 0x41,
  i32Eqz: 0x45,
  i32LtU: 0x49,
  i32Add: 0x6a,
  i32Shl: 0x74,
} as const

const emptyBlock = 0x40

/** Locals: the parameters, the byte offset of the loop, one splat a scalar, one vector a shared expression. */
function functionBody(kernel: Kernel): number[] {
  const { pointers, scalars, stores } = kernel
  const count = pointers.length
  const offset = count + 1 + scalars.length
  const splats = new Map(scalars.map((name, index) => [name, offset + 1 + index]))
  const shared = sharedExpressions(stores.map(store => store.value))
  const sharedLocals = new Map(
    [...shared].map((expression, index) => [expression, offset + 1 + scalars.length + index]),
  )

  const address = (pointer: string): number[] => {
    const index = pointers.indexOf(pointer)
    assert(index >= 0, `the kernel has no array ${pointer}`)
    return [code.localGet, ...unsigned(index), code.localGet, ...unsigned(offset), code.i32Add]
  }
  const computed = new Set<Expression>()
  const emit = (expression: Expression): number[] => {
    const local = sharedLocals.get(expression)
    if (local === undefined) return operation(expression)
    if (computed.has(expression)) return [code.localGet, ...unsigned(local)]
    computed.add(expression)
    return [...operation(expression), code.localTee, ...unsigned(local)]
  }
  const operation = (expression: Expression): number[] => {
    if (expression.kind === 'load')
      return [...address(expression.pointer), ...instruction(simd.load), ...aligned]
    if (expression.kind === 'scalar') return [code.localGet, ...unsigned(splats.get(expression.name)!)]
    if (expression.kind === 'sqrt') return [...emit(expression.of), ...instruction(simd.sqrt)]
    return [...emit(expression.left), ...emit(expression.right), ...instruction(simd[expression.kind])]
  }

  const body = stores.flatMap(({ pointer, value }) => [
    ...address(pointer),
    ...emit(value),
    ...instruction(simd.store),
    ...aligned,
  ])
  const spread = scalars.flatMap((name, index) => [
    ...[code.localGet, ...unsigned(count + 1 + index), ...instruction(simd.splat)],
    ...[code.localSet, ...unsigned(splats.get(name)!)],
  ])
  const vectors = scalars.length + sharedLocals.size
  const locals = vector([
    [1, type.i32],
    [...unsigned(vectors), type.v128],
  ])
  return [...locals, ...spread, ...elementLoop(body, { count, offset })]
}

/** `body` for byte offsets 0, 16, … below four times the number in local `count`; not at all for none. */
function elementLoop(
  body: readonly number[],
  { count, offset }: { count: number; offset: number },
): number[] {
  return [
    ...[code.localGet, ...unsigned(count), code.i32Const, 2, code.i32Shl, code.localSet, ...unsigned(count)],
    ...[code.block, emptyBlock, code.localGet, ...unsigned(count), code.i32Eqz, code.brIf, 0],
    ...[code.loop, emptyBlock, ...body],
    ...[
      code.localGet,
      ...unsigned(offset),
      code.i32Const,
      16,
      code.i32Add,
      code.localTee,
      ...unsigned(offset),
    ],
    ...[code.localGet, ...unsigned(count), code.i32LtU, code.brIf, 0],
    ...[code.end, code.end, code.end],
  ]
}

/** Alignment 2⁴ and offset 0, as every load and store here has. */
const aligned = [4, 0]

function instruction(opcode: number): number[] {
  return [0xfd, ...unsigned(opcode)]
}

/** Expressions that occur more than once, and therefore deserve a local. */
function sharedExpressions(roots: readonly Expression[]): Set<Expression> {
  const seen = new Set<Expression>()
  const shared = new Set<Expression>()
  const visit = (expression: Expression): void => {
    if (seen.has(expression)) {
      shared.add(expression)
      return
    }
    seen.add(expression)
    if (expression.kind === 'sqrt') visit(expression.of)
    else if ('left' in expression) [expression.left, expression.right].forEach(visit)
  }
  roots.forEach(visit)
  for (const expression of shared) if (expression.kind === 'scalar') shared.delete(expression)
  return shared
}
