import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { hubEndpoints } from '@consort/protocol'
import { openNetwork } from '../../test/network.ts'
import { tableRecipe } from '../../test/table-data.ts'
import { timesOf } from './times-of.ts'

/** Milliseconds of each call for the first page of so many runs. */
export async function measureListedRuns({ runs, calls }: { runs: number; calls: number }): Promise<number[]> {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 40, b: 40 })
  const template = await network.startRun({ ...tableRecipe, federation: { rounds: 1, partnersMin: 2 } })
  await network.awaitRun(template)
  await network.restartHub(() => copyRuns(join(network.directory, 'hub', 'hub.sqlite'), template, runs))
  const list = () => network.operator(hubEndpoints.listRuns)
  const shown = (await list()).runs.length
  if (shown !== Math.min(50, runs + 1)) throw new Error(`the first page shows ${shown} runs`)
  return await timesOf(calls, list)
}

/** Each with a version of its own, as if it had been trained. */
function copyRuns(path: string, template: string, runs: number): void {
  using database = new DatabaseSync(path)
  const insert = (table: 'run' | 'version', own: Readonly<Record<string, string>>): void => {
    const columns = database.prepare(`select name from pragma_table_info('${table}')`).all()
    const names = columns.map(({ name }) => String(name))
    const from = table === 'run' ? 'id = ?' : 'run = ? and published = 1'
    const values = names.map(name => own[name] ?? name)
    database
      .prepare(`insert into ${table} (${names}) select ${values} from ${table} where ${from}`)
      .run(template)
  }
  database.exec('begin')
  for (let number = 0; number < runs; number++) {
    const name = String(number).padStart(16, '0')
    insert('run', { id: `'run_${name}'`, idempotency_key: `'copy-${number}'` })
    insert('version', { id: `'ver_${name}'`, run: `'run_${name}'`, present: '0' })
  }
  database.exec('commit')
}
