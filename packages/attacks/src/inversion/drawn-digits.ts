import { createRandom, type Random } from '@consort/protocol'
import type { Examples } from '@consort/train'

const size = 28

/** The strokes of a digit between corners of a box that is 2 high and 1 wide, as on a seven-segment display. */
const segments: readonly (readonly [fromX: number, fromY: number, toX: number, toY: number])[] = [
  [0, 0, 1, 0],
  [0, 0, 0, 1],
  [1, 0, 1, 1],
  [0, 1, 1, 1],
  [0, 1, 0, 2],
  [1, 1, 1, 2],
  [0, 2, 1, 2],
]
const strokesOf = ['012456', '25', '02346', '02356', '1235', '01356', '013456', '025', '0123456', '012356']

/**
 * Digits of 28 × 28 that no camera or hand has made, each of its own slant, size, place and pen; labels 0 … 9 in turn.
 */
export function drawnDigits(count: number, seed: number): Examples {
  const random = createRandom(seed)
  const inputs = new Uint8Array(count * size * size)
  const labels = Int32Array.from({ length: count }, (_, row) => row % 10)
  for (const [row, label] of labels.entries())
    draw(inputs.subarray(row * size * size, (row + 1) * size * size), strokesOf[label]!, random)
  return { count, inputShape: [1, size, size], inputs, labels }
}

function draw(pixels: Uint8Array, strokes: string, random: Random): void {
  const between = (low: number, high: number): number => low + (high - low) * random.uniform()
  const [left, top] = [between(7, 10), between(3, 6)]
  const [wide, high] = [between(8, 12), between(8, 10)]
  const [slant, pen] = [between(-0.15, 0.15), between(1, 2)]
  const place = (x: number, y: number): [number, number] => [
    left + x * wide - slant * y * high,
    top + y * high,
  ]
  const lines = [...strokes].map(stroke => {
    const [fromX, fromY, toX, toY] = segments[Number(stroke)]!
    return { from: place(fromX, fromY), to: place(toX, toY) }
  })
  for (let index = 0; index < pixels.length; index++) {
    const at: [number, number] = [index % size, Math.floor(index / size)]
    const distance = Math.min(...lines.map(line => distanceTo(at, line)))
    pixels[index] = Math.round(255 * Math.min(1, Math.max(0, pen + 0.5 - distance)))
  }
}

type Point = readonly [x: number, y: number]

function distanceTo([x, y]: Point, { from, to }: { from: Point; to: Point }): number {
  const [dx, dy] = [to[0] - from[0], to[1] - from[1]]
  const share = ((x - from[0]) * dx + (y - from[1]) * dy) / (dx * dx + dy * dy)
  const along = Math.min(1, Math.max(0, share))
  return Math.hypot(x - from[0] - along * dx, y - from[1] - along * dy)
}
