import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { HubConfig } from '@consort/hub'
import type { RunningHub } from '../network.ts'

/** A hub in a process of its own that dies, by SIGKILL, at a step of our choice. */
export interface KillableHub extends RunningHub {
  readonly process: ChildProcess
  /** Counts steps from now on, and dies right after number `step`. */
  dieAt(step: number): Promise<void>
  /** Steps since the last `dieAt`. */
  steps(): Promise<number>
  readonly died: Promise<void>
}

export async function startKillableHub(config: HubConfig): Promise<KillableHub> {
  const program = fileURLToPath(new URL('./hub-process.ts', import.meta.url))
  const child = fork(program, [JSON.stringify(config)], {
    execArgv: ['--conditions=source', '--disable-warning=ExperimentalWarning'],
  })
  const died = once(child, 'exit').then(() => {})
  const [{ url }] = await Promise.race([
    once(child, 'message'),
    died.then(() => Promise.reject(new Error('the hub did not start'))),
  ])
  const ask = async (message: object): Promise<{ steps: number }> => {
    child.send(message)
    const [answer] = await once(child, 'message')
    return answer
  }
  return {
    url,
    process: child,
    died,
    dieAt: async step => void (await ask({ dieAt: step })),
    steps: async () => (await ask({ count: true })).steps,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await died
    },
  }
}
