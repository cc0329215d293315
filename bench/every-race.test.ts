import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { races } from './every-race.ts'
import { measuredOn } from './measured-on.ts'

for (const race of races) test(`the race ${race.name} can be set up, and our side takes a step`, race.tryOut)

test('results say on which commit they were measured', () => {
  assert.match(measuredOn(), /^measured on [0-9a-f]{7,}( with changes that are not committed)?$/)
  assert.match(measuredOn(tmpdir()), /unknown commit/)
})

test('so does every section of the documented figures', () => {
  const text = readFileSync(join(import.meta.dirname, '../docs/benchmarks.md'), 'utf8')
  const [, ...sections] = text.split(/^## /m)
  const silent = sections.filter(section => !/[Mm]easured\son\s[0-9a-f]{7}/.test(section))
  assert.deepEqual(
    silent.map(section => section.split('\n')[0]),
    [],
  )
})
