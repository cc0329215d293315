import assert from 'node:assert/strict'

/** Asserts that a figure is the one computed elsewhere, up to a relative error of `within`. */
export function close(actual: number, expected: number, within: number, what = ''): void {
  const isClose = Math.abs(actual - expected) <= within * Math.max(Math.abs(expected), Number.MIN_VALUE)
  assert.ok(isClose, `${what}: ${actual} is not ${expected}`)
}
