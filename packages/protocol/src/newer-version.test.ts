import assert from 'node:assert/strict'
import test from 'node:test'
import { isNewerVersion } from './newer-version.ts'

test('versions are compared number by number', () => {
  for (const [newer, older] of [
    ['0.1.1', '0.1.0'],
    ['0.2.0', '0.1.9'],
    ['0.10.0', '0.9.0'],
    ['1.0.0', '0.99.99'],
  ] as const) {
    assert.equal(isNewerVersion(newer, older), true, `${newer} after ${older}`)
    assert.equal(isNewerVersion(older, newer), false, `${older} after ${newer}`)
  }
  assert.equal(isNewerVersion('1.2.3', '1.2.3'), false)
  assert.equal(isNewerVersion('1.2.3-rc.1', '1.2.3'), false)
  assert.equal(isNewerVersion('unknown', '1.2.3'), false)
})
