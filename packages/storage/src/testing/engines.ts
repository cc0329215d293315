import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { DatabasePlace } from '../database/open-database.ts'
import { postgresBin, startPostgres } from './postgres-server.ts'

/** A database engine that every store must run on, and empty databases of it for tests. */
export interface Engine extends AsyncDisposable {
  readonly name: EngineName
  /** A place that nobody has used yet. */
  newPlace(): Promise<DatabasePlace>
}

export type EngineName = 'sqlite' | 'postgres'

export const engineNames: readonly EngineName[] = ['sqlite', 'postgres']

/** Says why tests cannot run on an engine here; false where they can. */
export function engineMissing(name: EngineName): string | false {
  return (
    name === 'postgres' &&
    postgresBin() === undefined &&
    'PostgreSQL is not installed: `apt-get install postgresql`'
  )
}

/** Makes an engine ready for tests; PostgreSQL is a server of its own. What was written goes with it. */
export async function startEngine(name: EngineName): Promise<Engine> {
  if (name === 'postgres') {
    const server = await startPostgres()
    return {
      name,
      newPlace: async () => ({ url: await server.createDatabase() }),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    }
  }
  const folder = mkdtempSync(join(tmpdir(), 'consort-engine-'))
  let count = 0
  return {
    name,
    newPlace: async () => ({ file: join(folder, `${++count}.sqlite`) }),
    [Symbol.asyncDispose]: async () => rmSync(folder, { recursive: true }),
  }
}
