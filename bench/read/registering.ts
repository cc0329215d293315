import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enrol, readNodeConfig } from '@consort/node'
import { type Caller, hubEndpoints, nodeEndpoints, parseInvite, parseRecipe } from '@consort/protocol'
import { startConsort } from '../../examples/quickstart/processes.ts'
import { awaitLogOfRun, callerAt, openHubProcess, readKey } from '../round/hub-process.ts'
import { watchMemory } from '../round/resident-memory.ts'
import { bytesReadBy, cpuSecondsOf } from './process-usage.ts'
import { namesOf } from './table-file.ts'

const [name, dataset, label] = ['reader', 'numbers', 'state']
const withinMs = 900_000

/** What one node's process needed. */
export interface Registering {
  readonly cpuSeconds: number
  /** Resident memory at the peak beyond what was resident before, in bytes. */
  readonly bytes: number
}

/** What registering and one round of training needed of one node's process. */
export interface Trained {
  /** How many times the bytes of the file were read in all. */
  readonly reads: number
  /** Resident memory at the peak of the round beyond what was resident before registering, in bytes. */
  readonly bytes: number
}

export interface RegisteringSite extends AsyncDisposable {
  /** Registers the file at a node that has just started. */
  register(): Promise<Registering>
  /** The same, and one round of training on it. */
  train(): Promise<Trained>
}

/** A hub, and a node that is started anew for each measurement, so that nothing is left of the one before. */
export async function openRegisteringSite(
  root: string,
  { path, columns }: { path: string; columns: number },
): Promise<RegisteringSite> {
  await using stack = new AsyncDisposableStack()
  const { operator } = stack.use(await openHubProcess(root))
  const data = join(root, name)
  await enrolNode(operator, data)
  const add = (node: Caller): Promise<unknown> => {
    const source = { kind: 'csv' as const, path, label }
    return node(
      nodeEndpoints.addDataset,
      { body: { dataset, source, validation: 0.2 } },
      { timeoutMs: withinMs },
    )
  }
  const cleanup = stack.move()
  return {
    async register() {
      await using node = await startNode(root, data)
      using memory = watchMemory(node.pid)
      const [idle, before] = [memory.now(), cpuSecondsOf(node.pid)]
      memory.takePeak()
      await add(node.call)
      return { cpuSeconds: cpuSecondsOf(node.pid) - before, bytes: memory.takePeak() - idle }
    },
    async train() {
      await using node = await startNode(root, data)
      using memory = watchMemory(node.pid)
      const [idle, before] = [memory.now(), bytesReadBy(node.pid)]
      await add(node.call)
      memory.takePeak()
      const body = { recipe: recipeOver(columns), idempotencyKey: crypto.randomUUID() }
      const { id } = await operator(hubEndpoints.createRun, { body })
      await awaitLogOfRun(operator, id)
      const reads = (bytesReadBy(node.pid) - before) / statSync(path).size
      return { reads, bytes: memory.takePeak() - idle }
    },
    [Symbol.asyncDispose]: () => cleanup.disposeAsync(),
  }
}

/** Logistic regression over all columns, one round of one epoch. */
function recipeOver(columns: number) {
  return parseRecipe({
    recipe: 1,
    name: 'read-once',
    dataset,
    task: { kind: 'classification', classes: ['ill', 'well'] },
    input: { kind: 'table', features: namesOf(columns).map(column => ({ name: column, kind: 'number' })) },
    model: { kind: 'logistic' },
    optimiser: { kind: 'sgd', learningRate: 0.1 },
    batchSize: 256,
    federation: { rounds: 1, partnersMin: 1, roundWithinSeconds: 900, evaluateWithinSeconds: 900 },
  })
}

async function enrolNode(operator: Caller, data: string): Promise<void> {
  mkdirSync(data)
  writeFileSync(join(data, 'policy.yaml'), 'cpu: { threads: 1 }\n')
  const { invite } = await operator(hubEndpoints.createInvite, { body: { name, role: 'partner' } })
  await enrol(readNodeConfig({ CONSORT_DATA: data, CONSORT_LOG: 'warn' }), parseInvite(invite))
}

interface RunningNode extends AsyncDisposable {
  readonly pid: number
  readonly call: Caller
}

async function startNode(root: string, data: string): Promise<RunningNode> {
  await using stack = new AsyncDisposableStack()
  const line = ['partner', 'start', '--data', data]
  const node = stack.use(startConsort(line, { log: join(root, `${name}.log`) }))
  const { url } = await node.ready
  const { pid } = JSON.parse(readFileSync(join(data, 'node.json'), 'utf8'))
  const call = callerAt(url, readKey(join(data, 'node.key')))
  const { proposed } = await call(nodeEndpoints.showRoster)
  if (proposed) await call(nodeEndpoints.confirmRoster, { body: { version: proposed.document.version } })
  const cleanup = stack.move()
  return { pid, call, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}
