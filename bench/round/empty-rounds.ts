import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { enrol, readNodeConfig } from '@consort/node'
import { type Caller, hubEndpoints, nodeEndpoints, parseInvite, parseRecipe } from '@consort/protocol'
import { startConsort } from '../../examples/quickstart/processes.ts'
import { openDiskFolder } from './disk-folder.ts'
import { awaitLogOfRun, callerAt, openHubProcess, readKey } from './hub-process.ts'

const dataset = 'points'
const features = ['x', 'y']
const classes = ['left', 'right']
const names = ['one', 'two']
const rowsPerNode = 16

/** How many rounds, how many before them that do not count, and a PostgreSQL database for the hub, else a file. */
export interface EmptyRounds {
  readonly rounds: number
  readonly warmUp: number
  readonly databaseUrl?: string
}

/**
 * Milliseconds of each round of a run over two nodes that have next to nothing to train: from one `version-created`
 * in the hub's event log to the next. So each holds the evaluation of a version at both nodes, the drawing of the next
 * round's partners, their training, their uploads, the average, and the syncing of all that to disk.
 */
export async function measureEmptyRounds(of: EmptyRounds): Promise<number[]> {
  await using stack = new AsyncDisposableStack()
  const root = stack.use(openDiskFolder()).path
  const { operator } = stack.use(await openHubProcess(root, of.databaseUrl))
  for (const name of names) await enrolNode(root, operator, name)
  for (const name of names) {
    const data = join(root, name)
    const line = ['partner', 'start', '--data', data]
    const process = stack.use(startConsort(line, { log: join(root, `${name}.log`) }))
    const { url } = await process.ready
    await prepareNode(callerAt(url, readKey(join(data, 'node.key'))), writeTable(data))
  }
  const recipe = recipeFor(of.warmUp + 1 + of.rounds)
  const body = { recipe, idempotencyKey: crypto.randomUUID() }
  const { id } = await operator(hubEndpoints.createRun, { body })
  const entries = await awaitLogOfRun(operator, id)
  const versions = entries.filter(({ kind }) => kind === 'version-created')
  const evaluations = entries.filter(({ kind }) => kind === 'evaluation-received')
  if (evaluations.length !== names.length * versions.length)
    throw new Error(`${versions.length} versions were evaluated ${evaluations.length} times`)
  const times = versions.map(({ at }) => Date.parse(at))
  return times.slice(1 + of.warmUp).map((time, i) => time - (times[i + of.warmUp] ?? Number.NaN))
}

/** Logistic regression: one epoch over a few rows. */
function recipeFor(rounds: number) {
  return parseRecipe({
    recipe: 1,
    name: 'empty-round',
    dataset,
    task: { kind: 'classification', classes },
    input: { kind: 'table', features: features.map(name => ({ name, kind: 'number' })) },
    model: { kind: 'logistic' },
    optimiser: { kind: 'sgd', learningRate: 0.1 },
    federation: { rounds, partnersMin: names.length },
  })
}

async function enrolNode(root: string, operator: Caller, name: string): Promise<void> {
  const data = join(root, name)
  mkdirSync(data)
  // Three processes share this machine's cores. An update of so few records is one that a node keeps by default.
  writeFileSync(join(data, 'policy.yaml'), 'cpu: { threads: 1 }\nprivacy: { workMin: 0 }\n')
  const { invite } = await operator(hubEndpoints.createInvite, { body: { name, role: 'partner' } })
  await enrol(readNodeConfig({ CONSORT_DATA: data, CONSORT_LOG: 'warn' }), parseInvite(invite))
}

async function prepareNode(node: Caller, path: string): Promise<void> {
  const { proposed } = await node(nodeEndpoints.showRoster)
  if (proposed) await node(nodeEndpoints.confirmRoster, { body: { version: proposed.document.version } })
  const source = { kind: 'csv', path, label: 'side' } as const
  // Half of the rows validate, so that there is something to evaluate on at each node.
  await node(nodeEndpoints.addDataset, { body: { dataset, source, validation: 0.5 } })
}

function writeTable(folder: string): string {
  const path = join(folder, 'points.csv')
  const rows = Array.from({ length: rowsPerNode }, (_, i) => `${i},${-i},${classes[i % classes.length]}`)
  writeFileSync(path, `${[...features, 'side'].join(',')}\n${rows.join('\n')}\n`)
  return path
}
