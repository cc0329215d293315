import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeGreyImage } from '@consort/data'
import type { WaitingCase } from './review-node.ts'

/** A row as hospitals have it; the confidence is a number that appears nowhere else. */
export const heartCase: WaitingCase = {
  agent: 'triage',
  record: {
    kind: 'row',
    cells: {
      age: 63,
      sex: 'male',
      'chest-pain': 'typical-angina',
      'resting-pressure': 145,
      chol: 233,
      'fasting-sugar-high': 'yes',
      'resting-ecg': null,
      'max-heart-rate': 150,
      'exercise-angina': 'no',
      'st-depression': 2.3,
    },
  },
  classes: ['absent', 'present'],
  suggestion: {
    class: 'present',
    confidence: 0.7314159,
    because: [
      { field: 'st-depression', change: 1.21 },
      { field: 'max-heart-rate', change: -0.64 },
      { field: 'chol', change: 0.33 },
    ],
    among: ['present', 'absent'],
    reason: 'below-threshold',
    threshold: 0.8,
    partner: null,
  },
}

const { cells: heartCells } = heartCase.record as { cells: Record<string, string | number | null> }

/** Three that the model finds near: one like it but for the cholesterol. */
export const similarHearts: NonNullable<WaitingCase['nearest']> = [
  { cells: { ...heartCells, chol: 241 }, label: 'absent', distance: 0.1 },
  { cells: { ...heartCells, age: 58, 'resting-ecg': 'normal' }, label: 'present', distance: 0.4 },
  { cells: { ...heartCells, sex: 'female', 'st-depression': null }, label: 'absent', distance: 0.5 },
].map(({ cells, ...rest }) => ({ record: { kind: 'row', cells }, ...rest }))

const height = 28
const width = 28

/** A seven, drawn with two strokes. */
function drawSeven(): Uint8Array {
  const pixels = new Uint8Array(height * width)
  const ink = (x: number, y: number): void => {
    for (let dy = -2; dy <= 2; dy++) {
      for (let dx = -2; dx <= 2; dx++) {
        const at = Math.round(y + dy) * width + Math.round(x + dx)
        pixels[at] = Math.max(pixels[at] ?? 0, 255 - 70 * Math.hypot(dx, dy))
      }
    }
  }
  for (let t = 0; t <= 1; t += 0.02) {
    ink(7 + 13 * t, 7 - t)
    ink(20 - 8 * t, 6 + 16 * t)
  }
  return pixels
}

export async function digitCase(): Promise<WaitingCase> {
  const path = join(tmpdir(), `consort-seven-${process.pid}.png`)
  await writeGreyImage(path, drawSeven(), { height, width })
  const file = readFileSync(path).toString('base64')
  rmSync(path)
  return {
    agent: 'digits',
    record: { kind: 'image', file },
    classes: ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    suggestion: {
      class: '7',
      confidence: 0.6271828,
      because: [],
      among: [],
      reason: 'gate-closed',
      threshold: null,
      partner: null,
    },
  }
}
