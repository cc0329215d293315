import { once } from 'node:events'
import { chunkBytes, type Recipe } from '@consort/protocol'
import { startThread } from '../executor/threads.ts'
import { trainedParts } from '../families/families.ts'
import { chunksOf } from './chunks-of.ts'
import type { FilePiece, PieceAnswer } from './file-piece.ts'

/** Drawing and digesting so much takes some 50 ms: less than a thread takes to start. */
const smallBytes = 2 * chunkBytes

/**
 * The file of the weights that a run of this recipe begins with, piece by piece, each given when it is asked for. A
 * large one is made in a thread of its own: a gigabyte takes seconds, in which a hub would answer nobody.
 */
export async function* initialChunks(recipe: Recipe): AsyncGenerator<FilePiece> {
  if (trainedParts(recipe).layout.bytes <= smallBytes) return yield* chunksOf(recipe)
  const options = { name: 'initial-weights', workerData: recipe }
  const worker = startThread('./initial-chunks-worker', import.meta.url, options)
  const onExit = (code: number): void =>
    void worker.emit('error', new Error(`The thread that makes weights ended with code ${code}`))
  worker.once('exit', onExit).on('error', () => {}) // whoever asks is told of it
  try {
    for (;;) {
      const answered = once(worker, 'message')
      worker.postMessage('next')
      const piece: PieceAnswer = (await answered)[0]
      if (piece === null) return
      yield piece
    }
  } finally {
    worker.off('exit', onExit)
    await worker.terminate()
  }
}
