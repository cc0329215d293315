import { drawnDigits } from './drawn-digits.ts'
import { brightnessOf, reconstruct } from './reconstructions.ts'

/** Inverts updates of one and of eight digits that are drawn here: what comes back of them, by how they are sent. */
export async function attackUpdates(): Promise<string[]> {
  const brightness = brightnessOf(drawnDigits(500, 2))
  const lines: string[] = []
  for (const records of [1, 8]) {
    for (const { sent, recovered, psnr } of await reconstruct(drawnDigits(records, 1), {
      records,
      brightness,
    }))
      lines.push(`${records} in the update, ${sent}: ${recovered} recovered, PSNR ${psnr.toFixed(1)} dB`)
  }
  return lines
}
