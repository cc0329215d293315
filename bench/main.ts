import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { ContestantError } from './contestant.ts'
import { races } from './every-race.ts'
import { measuredOn } from './measured-on.ts'
import { renderTable, toRow } from './table.ts'

const usage = `npm run bench -- NAME [--json FILE] [--quick]

  --json FILE  write the rows as a JSON array too
  --quick      a rehearsal of a minute or two; its numbers are not to be quoted

Races:
${races.map(race => `  ${race.name.padEnd(10)} ${race.summary}`).join('\n')}

Peers are installed apart: npm ci --prefix bench`

try {
  await main()
} catch (error) {
  if (!(error instanceof ContestantError)) throw error
  const { contestant } = error
  console.error(`${contestant?.greeting.ready ? contestant.greeting.name : 'A contestant'}: ${error.message}`)
  process.exitCode = 1
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const name = positionals[0]
  if (name === undefined || values.help) {
    console.log(usage)
    return
  }
  const race = races.find(candidate => candidate.name === name)
  if (!race) {
    console.error(`There is no race called ${name}.\n\n${usage}`)
    process.exitCode = 2
    return
  }
  const results = await race.run({ quick: values.quick, say: line => console.error(line) })
  console.log(`${renderTable(results)}\n${measuredOn()}`)
  if (values.json !== undefined)
    writeFileSync(values.json, `${JSON.stringify(results.map(toRow), null, 2)}\n`)
}
