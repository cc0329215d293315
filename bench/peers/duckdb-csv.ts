import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { DuckDBInstance } from '@duckdb/node-api'
import { cpuSecondsOf } from '../read/process-usage.ts'
import { watchMemory } from '../round/resident-memory.ts'

/** Reads a file into a table of DuckDB's, in a process of its own, with the types given: nothing is guessed. */
const manifest = new URL('../node_modules/@duckdb/node-api/package.json', import.meta.url)
const { version } = JSON.parse(readFileSync(manifest, 'utf8'))
console.log(JSON.stringify({ ready: true, name: 'DuckDB', version }))

for await (const line of createInterface({ input: process.stdin })) {
  const { path, numbers, label } = JSON.parse(line)
  console.log(JSON.stringify(await measure(path, numbers, label)))
}

async function measure(path: string, numbers: readonly string[], label: string) {
  const database = await DuckDBInstance.create(':memory:')
  const connection = await database.connect()
  using memory = watchMemory(process.pid)
  const [idle, before] = [memory.now(), cpuSecondsOf(process.pid)]
  memory.takePeak()
  const types = [...numbers.map(name => `'${name}': 'DOUBLE'`), `'${label}': 'VARCHAR'`].join(', ')
  const file = path.replaceAll("'", "''")
  await connection.run(
    `CREATE TABLE numbers AS SELECT * FROM read_csv('${file}', header = true, auto_detect = false, columns = {${types}})`,
  )
  const result = await connection.runAndReadAll('SELECT count(*) FROM numbers')
  const rows = Number(result.getRows()[0]![0])
  return { rows, cpuSeconds: cpuSecondsOf(process.pid) - before, bytes: memory.takePeak() - idle }
}
