import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Ask, type Candidates, drawCandidates, type Training, tableModel } from '@consort/attacks'
import { dataSourceSchema, readDataset, recordDigests, splitByDigests } from '@consort/data'
import { nodeEndpoints } from '@consort/protocol'
import { rarely, unwatched } from '../asking.ts'
import { type Network, openNetwork } from '../network.ts'

/** An agent at a node whose model was trained on one half of the candidates; the other half was held out. */
export interface ServedTable extends AsyncDisposable {
  readonly network: Network
  readonly candidates: Candidates
  readonly isIn: readonly boolean[]
}

const classes = ['well', 'ill']

/** A real node, whose split key is known here so that the members are. */
export async function serveTable(
  { epochs, ...training }: Training,
  { count, width, seed }: { count: number; width: number; seed: number },
): Promise<ServedTable> {
  const candidates = drawCandidates({ count, width, seed })
  const network = await openNetwork()
  const [path, key] = [join(network.directory, 'members.csv'), new Uint8Array(32).fill(seed)]
  const rows = Array.from(candidates.labels, (label, row) => [
    ...Array.from(candidates.inputs.subarray(row * width, (row + 1) * width), value => value.toFixed(4)),
    classes[label],
  ])
  const names = Array.from({ length: width }, (_, column) => `f${column}`)
  writeFileSync(path, [[...names, 'state'], ...rows].map(cells => `${cells.join()}\n`).join(''))
  mkdirSync(join(network.directory, 'a'))
  writeFileSync(join(network.directory, 'a', 'split.key'), key)
  await network.join('a')
  await network.signRoster()
  const source = { kind: 'csv', path, label: 'state' } as const
  await network.addDataset('a', { dataset: 'members', source, validation: 0.5 })
  const federation = { rounds: 1, localEpochs: epochs, partnersMin: 1 }
  const run = await network.awaitRun(await network.startRun(tableModel(width, { ...training, federation })))
  if (run.phase !== 'done') throw new Error(run.reason)
  const body = {
    version: run.result!,
    dataset: 'members',
    alpha: 0.05,
    delta: 0.1,
    audit: rarely,
    ...unwatched,
  }
  await network.callNode('a')(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body })
  const data = await readDataset(dataSourceSchema.parse(source))
  const { train } = splitByDigests(Buffer.concat(recordDigests(data, key)), 0.5)
  const isIn = Array.from({ length: count }, (_, row) => train.includes(row))
  return { network, candidates, isIn, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() }
}

/** What the node answered when it did not answer the question. */
export class NotAnswered extends Error {
  readonly status: number

  constructor(status: number, message: string) {
    super(message)
    this.status = status
  }
}

/** With an application's key, by the face that tells most: Open Inference has an output for deferred records too. */
export function askServed({ network, candidates }: ServedTable, key: string): Ask {
  const width = candidates.inputs.length / candidates.count
  return async (inputs, rows) => {
    const tensors = Array.from({ length: width }, (_, column) => ({
      name: `f${column}`,
      datatype: 'FP64',
      shape: [rows],
      data: Array.from({ length: rows }, (_, row) => inputs[row * width + column]),
    }))
    const response = await fetch(`${network.nodes.get('a')!.url}/v2/models/triage/infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ inputs: tensors }),
    })
    const json = (await response.json()) as { error?: string; outputs: { name: string; data: unknown[] }[] }
    if (!response.ok) throw new NotAnswered(response.status, String(json.error))
    const output = (name: string) => json.outputs.find(one => one.name === name)!.data
    return {
      classes: output('class').map(said => classes.indexOf(String(said))),
      probabilities: output('probabilities') as number[],
    }
  }
}
