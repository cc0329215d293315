import { averagePiece } from '@consort/federation'
import { chunkBytes, manifestOf } from '@consort/protocol'
import type { ChunkFolder } from './chunk-folder.ts'
import { createUpdate, errorOf } from './consortium.ts'
import { noTime, sumOf, type Time, timed } from './processor-time.ts'

/**
 * The same round without masks, as the hub does it: float32 in chunks, checked and synced as they arrive, averaged in
 * float64 chunk by chunk over all partners. `nodes` is what each partner needs to name its chunks.
 */
export async function playPlainRound(
  { partners, values }: { partners: number; values: number },
  folder: ChunkFolder,
): Promise<{ hub: Time; nodes: Time; error: number }> {
  const all = Array.from({ length: partners }, (_, partner) => partner)
  let [hubTime, nodeTime] = [noTime, noTime]
  const addHub = (time: Time) => {
    hubTime = sumOf(hubTime, time)
  }
  for (const partner of all) {
    const update = createUpdate(values, partner)
    const manifest = await timed(
      () => manifestOf(new Uint8Array(update.buffer)),
      time => {
        nodeTime = sumOf(nodeTime, time)
      },
    )
    await timed(() => folder.put(String(partner), update, manifest), addHub)
  }
  const mean = await timed(async () => {
    const result = new Float32Array(values)
    const pieces = all.map(partner => folder.pieces(String(partner))[Symbol.asyncIterator]())
    const sums = new Float64Array(chunkBytes / 4)
    for (let start = 0; start < values; start += sums.length) {
      const average = averagePiece(Math.min(sums.length, values - start), sums)
      for (const piece of pieces) {
        const { bytes } = (await piece.next()).value!
        average.add(new Float32Array(bytes.buffer, 0, bytes.length / 4), 1 / partners)
      }
      result.set(average.result(), start)
    }
    await folder.put('result', result)
    return result
  }, addHub)
  return { hub: hubTime, nodes: nodeTime, error: errorOf(mean, all) }
}
