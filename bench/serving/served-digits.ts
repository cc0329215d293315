import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeIdx } from '@consort/data'
import { enrol, readNodeConfig } from '@consort/node'
import { type AgentView, hubEndpoints, nodeEndpoints, parseInvite, parseRecipe } from '@consort/protocol'
import { readDigits } from '../../examples/quickstart/digits/read-digits.ts'
import { startConsort } from '../../examples/quickstart/processes.ts'
import { awaitLogOfRun, callerAt, openHubProcess, readKey } from '../round/hub-process.ts'

/** A node, in a process of its own, whose agent `digits` serves the MLP 784-128-10. */
export interface ServedDigits extends AsyncDisposable {
  readonly url: string
  /** Of an application. */
  readonly key: string
  readonly agent: AgentView
}

/** Of the answers: so that the gate lets nearly all digits through. */
const alpha = 0.2
/** One answer in a thousand: at thousands a second that is more than people can look at. */
const audit = { shareMin: 0.001 }

const recipeOf = (rounds: number) =>
  parseRecipe({
    recipe: 1,
    name: 'digits',
    dataset: 'digits',
    task: { kind: 'classification', classes: [...'0123456789'] },
    input: { kind: 'images', height: 28, width: 28, mean: 0.1307, deviation: 0.3081 },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units: 128, activation: 'relu' }] },
    optimiser: { kind: 'adam', learningRate: 0.002 },
    federation: { rounds, partnersMin: 1 },
  })

/** What a person would do with hub start, partner enrol, dataset add, run start, agent put and key create. */
export async function openServedDigits(
  root: string,
  { digits, rounds }: { digits: number; rounds: number },
): Promise<ServedDigits> {
  await using stack = new AsyncDisposableStack()
  const { operator } = stack.use(await openHubProcess(root))
  const data = join(root, 'node')
  mkdirSync(data)
  writeFileSync(join(data, 'policy.yaml'), 'cpu: { threads: 1 }\n')
  const { invite } = await operator(hubEndpoints.createInvite, { body: { name: 'node', role: 'partner' } })
  await enrol(readNodeConfig({ CONSORT_DATA: data, CONSORT_LOG: 'warn' }), parseInvite(invite))
  const line = ['partner', 'start', '--data', data]
  const process = stack.use(startConsort(line, { log: join(root, 'node.log') }))
  const { url } = await process.ready
  const call = callerAt(url, readKey(join(data, 'node.key')))
  const { proposed } = await call(nodeEndpoints.showRoster)
  if (proposed) await call(nodeEndpoints.confirmRoster, { body: { version: proposed.document.version } })
  const source = await writeDigits(data, digits)
  await call(
    nodeEndpoints.addDataset,
    { body: { dataset: 'digits', source, validation: 0.5 } },
    { timeoutMs: 120_000 },
  )
  const body = { recipe: recipeOf(rounds), idempotencyKey: crypto.randomUUID() }
  const { id: run } = await operator(hubEndpoints.createRun, { body })
  await awaitLogOfRun(operator, run)
  const { result } = await operator(hubEndpoints.getRun, { params: { run }, query: {} })
  const agent = await call(
    nodeEndpoints.putAgent,
    {
      params: { agent: 'digits' },
      body: { version: result!, dataset: 'digits', alpha, audit, watchPopulation: false },
    },
    { timeoutMs: 120_000 },
  )
  const { key } = await call(nodeEndpoints.createAccessKey, { body: { name: 'load', holder: 'application' } })
  const cleanup = stack.move()
  return { url, key, agent, [Symbol.asyncDispose]: () => cleanup.disposeAsync() }
}

async function writeDigits(folder: string, count: number) {
  const digits = await readDigits('train')
  const [images, labels] = [join(folder, 'images.idx3.gz'), join(folder, 'labels.idx1.gz')]
  const some = Int32Array.from({ length: count }, (_, index) => index)
  await writeIdx(digits, { images, labels }, some)
  return { kind: 'idx', images, labels } as const
}
