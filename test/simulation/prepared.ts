import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AgreementTerms, type Id, nodeEndpoints } from '@consort/protocol'
import { putTriage, trainModel } from '../asking.ts'
import { openNetwork } from '../network.ts'
import { planeTerms, writeTable } from '../table-data.ts'
import { createStubEngine } from './stub-engine.ts'
import { openWorld } from './world/world.ts'

/** A consortium at rest, in folders from which every schedule begins. */
export interface Prepared {
  /** One folder for each machine. */
  readonly directory: string
  readonly version: Id<'version'>
  /** Keys for the agent `triage` of partner a. */
  readonly application: string
  readonly expert: string
}

export const partners = ['a', 'b', 'c', 'd'] as const
export const hubPort = 7000
/** What the partners have agreed on; an answer costs something. */
export const terms: AgreementTerms = { ...planeTerms, use: [...partners] }
/** Schedules begin then: whoever called while the consortium was made has been silent for long. */
export const scheduleBegan = new Date('2030-01-07T10:00:00Z')
const rows = { a: 400, b: 40, c: 50, d: 60 }

/**
 * Enrols four partners with a table each under a signed roster and an agreement, trains a model and puts an agent at
 * partner a, all of it in a world without faults, and leaves the folders in `directory`.
 */
export async function prepareConsortium(directory: string): Promise<Prepared> {
  const world = openWorld(0, { began: new Date('2030-01-07T08:00:00Z') })
  return await world.time.drive(prepare(directory), 3_600_000)
}

async function prepare(directory: string): Promise<Prepared> {
  await using network = await openNetwork({
    directory: join(directory, 'made'),
    engine: 'sqlite',
    hubConfig: { listen: { host: '127.0.0.1', port: hubPort } },
    nodeParts: { fetch: globalThis.fetch as never, openEngine: createStubEngine() },
  })
  for (const name of partners) await network.join(name)
  await network.signRoster()
  for (const [index, name] of partners.entries()) {
    const path = join(directory, `${name}.csv`)
    writeTable(path, { rows: rows[name], seed: index + 1 })
    const source = { kind: 'csv', path, label: 'state' } as const
    await network.addDataset(name, { dataset: 'plane', source, validation: name === 'a' ? 0.5 : 0.2 })
  }
  await network.agree(terms)
  const version = await trainModel(network)
  const { expert } = await putTriage(network, version, { alpha: 0.2 })
  const application = await network.callNode('a')(nodeEndpoints.createAccessKey, {
    body: {
      name: 'metered',
      holder: 'application',
      limits: { queriesPerMonth: 1e6, minorUnitsPerMonth: 1e9 },
    },
  })
  for (const name of partners) await network.stopNode(name)
  await network.hub[Symbol.asyncDispose]()
  for (const name of ['hub', ...partners])
    cpSync(join(directory, 'made', name), join(directory, name), { recursive: true })
  return { directory, version, application: application.key, expert: expert.key }
}

/** A key file of a machine as it was prepared. */
export function preparedKey({ directory }: Prepared, machine: string, file: string): string {
  return readFileSync(join(directory, machine, file), 'utf8')
}
