import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import test from 'node:test'
import { races } from './every-race.ts'

process.env.CONSORT_BENCH_DATA ??= resolve(import.meta.dirname, '../../shared/data')
const data = process.env.CONSORT_BENCH_DATA
const withoutData = !existsSync(data) && `no ${data}`

for (const { name, run } of races) {
  test(`the race ${name} runs in rehearsal`, { skip: name === 'deferral' && withoutData }, async t => {
    const results = await run({ quick: true, say: line => t.diagnostic(line) })
    assert.ok(results.length > 0)
    // A row without a figure of ours is that of a peer that is not installed here, and says so.
    for (const result of results) {
      assert.equal(result.race, name)
      assert.ok(result.ours !== null || result.remark, `${result.case}, ${result.peer}`)
    }
    assert.ok(results.some(({ ours }) => ours !== null && Number.isFinite(ours)))
  })
}
