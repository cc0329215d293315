import type { SentRequest } from './world/network.ts'

/** Something of a node's records that left it: an update, or metrics, for a task. */
export interface Released {
  readonly machine: string
  readonly task: string
  readonly what: 'update' | 'metrics'
  /** Of an update its manifest, of metrics all of them: what is sent again is no second release. */
  readonly text: string
}

const path = /\/tasks\/(tsk_\w+)\/(update|metrics)$/

/** Writes down what each node tells of its records, whether it arrives or not. */
export function watchReleases(released: Released[]): (sent: SentRequest) => void {
  return ({ machine, method, path: of, body }) => {
    const [, task, what] = path.exec(of) ?? []
    if (!machine || !task || !body || (what !== 'metrics' && method !== 'PUT')) return
    const text = Buffer.from(body).toString()
    released.push({ machine, task, what: what === 'metrics' ? 'metrics' : 'update', text })
  }
}
