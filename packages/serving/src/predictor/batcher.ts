import assert from 'node:assert/strict'

/** Judges `rows` inputs, by rows in `inputs`; gives as many rows of scores. */
export type ScoreRows = (inputs: Float32Array, rows: number) => Promise<Float32Array>

export interface Batcher {
  readonly score: ScoreRows
  /** When nothing waits and nothing runs. */
  drained(): Promise<void>
}

export interface BatchLimits {
  /** The most rows of several requests together; a request of more goes by itself. */
  readonly rowsMax: number
  /** How long the first request of an idle batcher waits for others. */
  readonly waitMs: number
}

interface Request {
  readonly inputs: Float32Array
  readonly rows: number
  readonly resolve: (scores: Float32Array) => void
  readonly reject: (error: unknown) => void
}

/**
 * Puts concurrent requests into one call of `run`, which is not called again before it has answered: what comes in the
 * meantime makes the next batch. When `run` fails, so do the requests of its batch, and no others.
 */
export function createBatcher(run: ScoreRows, { rowsMax, waitMs }: BatchLimits): Batcher {
  const queue: Request[] = []
  const idlers: (() => void)[] = []
  let isRunning = false
  let timer: NodeJS.Timeout | undefined

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    if (isRunning) return
    isRunning = true
    while (queue.length > 0) await runTogether(run, nextBatch(queue, rowsMax))
    isRunning = false
    for (const go of idlers.splice(0)) go()
  }

  return {
    score: (inputs, rows) =>
      new Promise((resolve, reject) => {
        queue.push({ inputs, rows, resolve, reject })
        if (queue.reduce((sum, request) => sum + request.rows, 0) >= rowsMax) void flush()
        else if (!isRunning) timer ??= setTimeout(flush, waitMs)
      }),
    drained: () =>
      isRunning || queue.length > 0 ? new Promise(resolve => idlers.push(resolve)) : Promise.resolve(),
  }
}

/** Takes from the front of the queue while the rows fit, and at least one request. */
function nextBatch(queue: Request[], rowsMax: number): Request[] {
  let rows = 0
  const end = queue.findIndex((request, index) => {
    rows += request.rows
    return rows > rowsMax && index > 0
  })
  return queue.splice(0, end < 0 ? queue.length : end)
}

async function runTogether(run: ScoreRows, batch: readonly Request[]): Promise<void> {
  const rows = batch.reduce((sum, request) => sum + request.rows, 0)
  try {
    const scores = await run(joined(batch), rows)
    const width = scores.length / rows
    assert.ok(Number.isInteger(width))
    let from = 0
    for (const request of batch) {
      request.resolve(scores.slice(from, from + request.rows * width))
      from += request.rows * width
    }
  } catch (error) {
    for (const request of batch) request.reject(error)
  }
}

function joined(batch: readonly Request[]): Float32Array {
  const all = new Float32Array(batch.reduce((sum, { inputs }) => sum + inputs.length, 0))
  let offset = 0
  for (const { inputs } of batch) {
    all.set(inputs, offset)
    offset += inputs.length
  }
  return all
}
