import { section, sized, text, unsigned, vector } from '../kernels/module-bytes.ts'
import { tableCentre } from './gaussian-table.ts'

/** Where arrays begin in memory, in bytes: multiples of 16. */
export type NoiseOffsets = Readonly<Record<'cells' | 'words' | 'steps' | 'values' | 'undecided', number>>

/** Of four steps or four values, which kernels go through memory by. */
export const groupBytes = 16

/**
 * A WebAssembly module that imports `env.memory`: `lookUp(end: i32, factors: i32) → i32` and
 * `addSteps(end: i32, perStep: f64, granularity: f64)` for the steps below byte `end`; `factors` is 2¹⁶ + a. Beside its
 * random bits (1.3 ns) a value costs 2.3 ns; in plain JavaScript, which draws them one by one, 8 … 10.
 */
export function noiseModule(offsets: NoiseOffsets): Uint8Array<ArrayBuffer> {
  const signature = (parameters: number[], results: number[]) => [
    0x60,
    ...vector(parameters.map(code => [code])),
    ...vector(results.map(code => [code])),
  ]
  const signatures = [
    signature([type.i32, type.i32], [type.i32]),
    signature([type.i32, type.f64, type.f64], []),
  ]
  const exported = ['lookUp', 'addSteps'].map((name, index) => [...text(name), 0x00, index])
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, vector(signatures)),
    ...section(2, vector([[...text('env'), ...text('memory'), 0x02, 0x00, 0x01]])),
    ...section(3, vector([[0], [1]])),
    ...section(7, vector(exported)),
    ...section(10, vector([sized(lookUpBody(offsets)), sized(addStepsBody(offsets))])),
  ])
}

const type = { i32: 0x7f, f64: 0x7c, v128: 0x7b } as const

const get = (local: number): number[] => [0x20, local]
const set = (local: number): number[] => [0x21, local]
const tee = (local: number): number[] => [0x22, local]
/** `value` is below 64. */
const constant = (value: number): number[] => [0x41, value]
const control = { block: [0x02, 0x40], loop: [0x03, 0x40], if: [0x04, 0x40], end: [0x0b], again: [0x0d, 0] }
const i32 = {
  load16: [0x2f],
  store: [0x36],
  isZero: [0x45],
  ltU: [0x49],
  add: [0x6a],
  shl: [0x74],
  shrU: [0x76],
}

const simd = (opcode: number): number[] => [0xfd, ...unsigned(opcode)]
const v128 = {
  load: simd(0x00),
  store: simd(0x0b),
  and: simd(0x4e),
  or: simd(0x50),
  select: simd(0x52),
  anyTrue: simd(0x53),
  loadLane: simd(0x56),
  storeHalf: simd(0x5b),
  loadHalf: simd(0x5d),
}
const i32x4 = {
  splat: simd(0x11),
  equal: simd(0x37),
  narrow: simd(0x85),
  shrS: simd(0xac),
  shrU: simd(0xad),
  sub: simd(0xb1),
  dot: simd(0xba),
}
const f64x2 = {
  splat: simd(0x14),
  toSingles: simd(0x5e),
  fromSingles: simd(0x5f),
  add: simd(0xf0),
  sub: simd(0xf1),
  mul: simd(0xf2),
  fromIntegers: simd(0xfe),
}
/** The same number in all lanes. */
function everywhere(number: Int32Array | Float64Array): number[] {
  const own = [...new Uint8Array(number.buffer)]
  return [...simd(0x0c), ...Array.from({ length: 16 / own.length }, () => own).flat()]
}
/** What follows an access: log₂ of its alignment, and where its array begins. */
const at = (alignment: number, begin: number): number[] => [alignment, ...unsigned(begin)]

/** `body` with the local `offset` 0, `step`, … below that in `end`; not at all for 0. */
function loop(of: { end: number; offset: number; step: number }, body: readonly number[]): number[] {
  return [
    ...[...control.block, ...get(of.end), ...i32.isZero, ...control.again],
    ...[...control.loop, ...body],
    ...[...get(of.offset), ...constant(of.step), ...i32.add, ...tee(of.offset)],
    ...[...get(of.end), ...i32.ltU, ...control.again, ...control.end, ...control.end],
  ]
}

/**
 * Two vectors of four words make four draws each, by turns coarse and fine. A draw is the word's cell or that cell's
 * alias, chosen by a mask, since no processor could predict a branch. Then a·X₁ + X₂ of neighbours is a product of
 * pairs of 16-bit integers.
 */
function lookUpBody(offsets: NoiseOffsets): number[] {
  const [end, factors, offset, rare] = [0, 1, 2, 3]
  const [word, cell, over, open, draws, pairs] = [4, 5, 6, 7, 8, 9]
  const twice = [...get(offset), ...constant(1), ...i32.shl]
  /** Leaves X of four words on the stack, and in `open` which ones of all words so far are undecided. */
  const drawFrom = (words: number, isFirst: boolean): number[] => [
    // The lower halves of the words number the cells, whose addresses wait on the stack for the vector.
    ...[3, 2, 1, 0].flatMap(lane => [
      ...[...twice, ...i32.load16, ...at(1, words + 4 * lane)],
      ...[...constant(2), ...i32.shl],
    ]),
    ...[...twice, ...v128.load, ...at(4, words), ...tee(word)],
    ...[0, 1, 2, 3].flatMap(lane => [...v128.loadLane, ...at(2, offsets.cells), lane]),
    ...set(cell),
    // The upper halves decide: below the threshold's first 16 bits it is the cell, above them the alias.
    ...[...get(word), ...constant(16), ...i32x4.shrU],
    ...[...get(cell), ...constant(16), ...i32x4.shrU, ...i32x4.sub, ...set(over)],
    ...[...get(over), ...everywhere(Int32Array.of(0)), ...i32x4.equal],
    ...[...(isFirst ? [] : [...get(open), ...v128.or]), ...set(open)],
    ...[...get(word), ...get(cell), ...get(over), ...constant(31), ...i32x4.shrS, ...v128.select],
    ...[...everywhere(Int32Array.of(0xffff)), ...v128.and],
    ...[...everywhere(Int32Array.of(tableCentre)), ...i32x4.sub],
  ]
  const body = [
    ...[...drawFrom(offsets.words, true), ...set(draws)],
    ...[...get(offset), ...get(draws), ...drawFrom(offsets.words + 16, false)],
    ...[...i32x4.narrow, ...get(pairs), ...i32x4.dot, ...v128.store, ...at(4, offsets.steps)],
    ...[...get(open), ...v128.anyTrue, ...control.if],
    ...[...get(rare), ...constant(2), ...i32.shl, ...get(offset), ...constant(4), ...i32.shrU],
    ...[...i32.store, ...at(2, offsets.undecided)],
    ...[...get(rare), ...constant(1), ...i32.add, ...set(rare), ...control.end],
  ]
  return [
    ...vector([
      [2, type.i32],
      [6, type.v128],
    ]),
    ...[...get(factors), ...i32x4.splat, ...set(pairs)],
    ...loop({ end, offset, step: groupBytes }, body),
    ...[...get(rare), ...control.end],
  ]
}

/** Adding and taking off 1.5 · 2⁵² rounds a double below 2⁵¹ to a whole number. */
const roundingShift = everywhere(Float64Array.of(1.5 * 2 ** 52))

function addStepsBody({ values, steps }: NoiseOffsets): number[] {
  const [end, perStep, granularity, offset, factor, unit] = [0, 1, 2, 3, 4, 5]
  const body = [
    ...get(offset),
    ...[...get(offset), ...v128.loadHalf, ...at(3, values), ...f64x2.fromSingles],
    ...[...get(factor), ...f64x2.mul, ...roundingShift, ...f64x2.add, ...roundingShift, ...f64x2.sub],
    ...[...get(offset), ...v128.loadHalf, ...at(3, steps), ...f64x2.fromIntegers, ...f64x2.add],
    ...[...get(unit), ...f64x2.mul, ...f64x2.toSingles, ...v128.storeHalf, ...at(3, values), 0],
  ]
  return [
    ...vector([
      [1, type.i32],
      [2, type.v128],
    ]),
    ...[...get(perStep), ...f64x2.splat, ...set(factor), ...get(granularity), ...f64x2.splat, ...set(unit)],
    ...loop({ end, offset, step: groupBytes / 2 }, body),
    ...control.end,
  ]
}
