import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { plantedFaults } from './planted-faults.ts'

for (const { fault, file, texts } of plantedFaults) {
  test(`${fault}: is planted and caught in ${file}`, () => {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
    assert.ok(existsSync(path))
    const source = readFileSync(path, 'utf8')
    for (const text of texts) assert.ok(source.includes(text), text)
  })
}

test('there are twenty of them at least, each once', () => {
  const names = plantedFaults.map(({ fault }) => fault)
  assert.ok(names.length >= 20 && new Set(names).size === names.length)
})
