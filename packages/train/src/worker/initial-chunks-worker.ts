import { parentPort, workerData } from 'node:worker_threads'
import { recipeSchema } from '@consort/protocol'
import { chunksOf } from './chunks-of.ts'
import type { PieceAnswer } from './file-piece.ts'

/** The thread in which a large file of initial weights is made; it sends a piece each time that it is asked. */
const port = parentPort!
const pieces = chunksOf(recipeSchema.parse(workerData))
port.on('message', () => {
  const { value = null } = pieces.next()
  const answer: PieceAnswer = value
  port.postMessage(answer, answer ? [answer.bytes.buffer] : [])
})
