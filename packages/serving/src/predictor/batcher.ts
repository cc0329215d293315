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
  /** How long the first request waits for others while not everything is running; 0 is one turn of the event loop. */
  readonly waitMs: number
  /** How many batches may run at the same time. */
  readonly runsMax: number
}

interface Request {
  readonly inputs: Float32Array
  readonly rows: number
  readonly resolve: (scores: Float32Array) => void
  readonly reject: (error: unknown) => void
}

/**
 * Puts concurrent requests into one call of `run`, of which no more than `runsMax` are under way: what comes in the
 * meantime makes the next batch. When `run` fails, so do the requests of its batch, and no others. `inputs` of a call
 * of `run` are its own.
 */
export function createBatcher(run: ScoreRows, { rowsMax, waitMs, runsMax }: BatchLimits): Batcher {
  const queue: Request[] = []
  const idlers: (() => void)[] = []
  let rowsWaiting = 0
  let running = 0
  let isAwaited = false

  const start = async (): Promise<void> => {
    running += 1
    while (queue.length > 0) {
      const batch = nextBatch(queue, rowsMax)
      rowsWaiting -= rowsOf(batch)
      await runTogether(run, batch)
    }
    running -= 1
    if (running === 0) for (const go of idlers.splice(0)) go()
  }
  const flush = (): void => {
    isAwaited = false
    if (running < runsMax && queue.length > 0) void start()
  }
  const flushSoon = (): void => {
    if (isAwaited) return
    isAwaited = true
    if (waitMs === 0) setImmediate(flush)
    else setTimeout(flush, waitMs)
  }

  return {
    score: (inputs, rows) =>
      new Promise((resolve, reject) => {
        queue.push({ inputs, rows, resolve, reject })
        rowsWaiting += rows
        if (running >= runsMax) return
        if (rowsWaiting >= rowsMax) void start()
        else flushSoon()
      }),
    drained: () =>
      running > 0 || queue.length > 0 ? new Promise(resolve => idlers.push(resolve)) : Promise.resolve(),
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

function rowsOf(batch: readonly Request[]): number {
  return batch.reduce((sum, request) => sum + request.rows, 0)
}

async function runTogether(run: ScoreRows, batch: readonly Request[]): Promise<void> {
  const rows = rowsOf(batch)
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
