import type { Chunk } from '@consort/protocol'

/** A piece of a file of weights. */
export interface FilePiece {
  readonly chunk: Chunk
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What the thread that makes initial weights sends: a piece when one is asked for, and null after the last. */
export type PieceAnswer = FilePiece | null
