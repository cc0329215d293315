import { EventEmitter } from 'node:events'
import { createRequire, syncBuiltinESMExports } from 'node:module'
import type { VirtualTime } from './virtual-time.ts'

const require = createRequire(import.meta.url)

/** What is sent to a thread that holds models, as far as it matters here. */
interface Asked {
  readonly ticket: number
  readonly kind: 'load' | 'run' | 'unload'
  readonly inputs?: Float32Array
  readonly rows?: number
}

/**
 * Puts a model that is one line of arithmetic in the place of the threads in which models run. Other threads are
 * refused: nothing here may start one.
 */
export function replaceThreads(time: () => VirtualTime): void {
  class VirtualWorker extends EventEmitter {
    threadId = 1
    constructor(url: URL) {
      super()
      if (!/predictor-worker\.[jt]s$/.test(url.pathname))
        throw new Error(`no thread runs in a simulation: ${url}`)
    }
    postMessage(asked: Asked | string): void {
      time().after(1, () => {
        if (typeof asked === 'string') this.#exit()
        else if (asked.kind === 'run')
          this.emit('message', {
            ticket: asked.ticket,
            kind: 'values',
            values: scoresOf(asked.inputs!, asked.rows!),
          })
        else this.emit('message', { ticket: asked.ticket, kind: 'done' })
      })
    }
    async terminate(): Promise<number> {
      this.#exit()
      return 0
    }
    #exit(): void {
      this.threadId = -1
      this.emit('exit', 0)
    }
    unref(): void {}
    ref(): void {}
  }
  require('node:worker_threads').Worker = VirtualWorker
  syncBuiltinESMExports()
}

/** One score a row, the log-odds of the second class: the line that parts the two clusters of `test/table-data.ts`. */
function scoresOf(inputs: Float32Array, rows: number): Float32Array {
  const width = inputs.length / rows
  return Float32Array.from({ length: rows }, (_, row) => 2 * inputs[row * width]! - inputs[row * width + 1]!)
}
