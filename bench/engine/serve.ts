import { createInterface } from 'node:readline'
import type { CaseName } from './networks.ts'
import type { Proof, ProveRequest, TimeRequest, Timing } from './protocol.ts'

/** One network being trained on one batch. */
export type Trainer = {
  /** Copies the batch in, makes one step, and gives the loss that the batch had before it. */
  step(): number | Promise<number>
  close?(): void | Promise<void>
}

export type Server = {
  name: string
  version: string
  /** A fresh trainer at the initial weights with a fresh optimiser. */
  open(name: CaseName, batch: number): Trainer | Promise<Trainer>
}

/**
 * The contestant's side of the protocol. `start` loads the library: if it is not installed, the greeting says so.
 * What the library prints goes to standard error, since standard output is the protocol's.
 */
export async function serve(install: string, start: () => Promise<Server>): Promise<void> {
  console.log = console.error
  console.info = console.error
  let server: Server
  try {
    server = await start()
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ERR_MODULE_NOT_FOUND'
    send({ ready: false, why: missing ? install : String(error) })
    return
  }
  send({ ready: true, name: server.name, version: server.version })
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const request = JSON.parse(line) as ProveRequest | TimeRequest
      send('steps' in request ? await prove(server, request) : await time(server, request))
    } catch (error) {
      send({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
    }
  }
}

async function prove(server: Server, request: ProveRequest): Promise<Proof> {
  const trainer = await server.open(request.case, request.batch)
  const lossBefore = await trainer.step()
  for (let step = 1; step < request.steps; step++) await trainer.step()
  const lossAfter = await trainer.step()
  await trainer.close?.()
  return { lossBefore, lossAfter }
}

async function time(server: Server, request: TimeRequest): Promise<Timing> {
  const trainer = await server.open(request.case, request.batch)
  const warmUntil = performance.now() + request.seconds * 250
  do await trainer.step()
  while (performance.now() < warmUntil)
  let loss = Number.NaN
  let steps = 0
  const cpu = process.cpuUsage()
  const began = performance.now()
  let seconds = 0
  while (seconds < request.seconds || steps < request.stepsMin) {
    loss = await trainer.step()
    steps++
    seconds = (performance.now() - began) / 1000
  }
  const { user, system } = process.cpuUsage(cpu)
  await trainer.close?.()
  return { stepsPerSecond: steps / seconds, loss, cores: (user + system) / 1e6 / seconds }
}

function send(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`)
}
