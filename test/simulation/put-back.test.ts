import assert from 'node:assert/strict'
import test from 'node:test'
import { openPutBack } from './put-back.ts'

test('a fault that is put back is found: an order that comes twice, and work that is never forgotten', async () => {
  using putBack = openPutBack()
  for (const [id, broken] of [
    ['same-run-twice', /answered with "internal"/],
    ['work-row-stays', /keeps the work of/],
  ] as const) {
    const { found, output } = await putBack.find(id, { schedules: 20 })
    assert.match(found ?? '', broken, output)
  }
})
