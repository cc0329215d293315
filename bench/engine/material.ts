import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { adam, type CaseName, caseNames, networks, shapesOf } from './networks.ts'

/** One fixed batch and the initial weights (weight, bias, weight, bias …, in the shapes of `shapesOf`). */
export type Material = {
  inputs: Float32Array<ArrayBuffer>
  labels: Int32Array<ArrayBuffer>
  weights: Float32Array<ArrayBuffer>[]
}

/**
 * Writes what every contestant reads, so that all train the same network from the same weights on the same batch:
 * `a-32.inputs.f32`, `a-32.labels.i32`, `a.weights.f32` (raw little-endian) and `networks.json`.
 * Inputs are uniform in [0, 1), labels uniform over the classes, weights uniform in ±1/√(fan-in), biases 0;
 * drawn by mulberry32 from a fixed seed for each file.
 */
export function writeMaterial(batches: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'consort-bench-'))
  for (const [index, name] of caseNames.entries()) {
    const { input, classes, layers } = networks[name]
    const uniform = mulberry32(1000 + index)
    const weights = layers.flatMap(layer => {
      const [weight, bias] = shapesOf(layer)
      const bound = 1 / Math.sqrt(size(weight.slice(1)))
      return [
        Float32Array.from({ length: size(weight) }, () => (2 * uniform() - 1) * bound),
        new Float32Array(size(bias)),
      ]
    })
    writeFileSync(join(folder, `${name}.weights.f32`), Buffer.concat(weights.map(bytesOf)))
    for (const batch of batches) {
      const draw = mulberry32(2000 + index * 1000 + batch)
      const inputs = Float32Array.from({ length: batch * size(input) }, draw)
      const labels = Int32Array.from({ length: batch }, () => Math.floor(draw() * classes))
      writeFileSync(join(folder, `${name}-${batch}.inputs.f32`), bytesOf(inputs))
      writeFileSync(join(folder, `${name}-${batch}.labels.i32`), bytesOf(labels))
    }
  }
  writeFileSync(join(folder, 'networks.json'), JSON.stringify({ networks, adam }))
  return folder
}

export function readMaterial(folder: string, name: CaseName, batch: number): Material {
  const all = new Float32Array(readBytes(join(folder, `${name}.weights.f32`)))
  let offset = 0
  const weights = networks[name].layers.flatMap(shapesOf).map(shape => {
    offset += size(shape)
    return all.slice(offset - size(shape), offset)
  })
  return {
    inputs: new Float32Array(readBytes(join(folder, `${name}-${batch}.inputs.f32`))),
    labels: new Int32Array(readBytes(join(folder, `${name}-${batch}.labels.i32`))),
    weights,
  }
}

export function size(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1)
}

function bytesOf(array: Float32Array | Int32Array): Buffer {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength)
}

function readBytes(file: string): ArrayBuffer {
  return new Uint8Array(readFileSync(file)).buffer
}

/** A 32-bit generator by Tommy Ettinger (public domain), good enough to fill a batch; uniform in [0, 1). */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
