import assert from 'node:assert/strict'
import test from 'node:test'
import { intentOf, type Pressed } from './intent.ts'

const press = (key: string, more: Partial<Pressed> = {}): Pressed => ({
  key,
  ctrlKey: false,
  altKey: false,
  metaKey: false,
  repeat: false,
  isComposing: false,
  ...more,
})
const words = ['absent', 'present']

test('keys mean classes, steps and Enter', () => {
  assert.deepEqual(intentOf(press('2'), words), { kind: 'class', class: 'present' })
  assert.deepEqual(intentOf(press('7'), ['6', '7']), { kind: 'class', class: '7' })
  assert.deepEqual(intentOf(press('ArrowLeft'), words), { kind: 'move', by: -1 })
  assert.deepEqual(intentOf(press('ArrowDown'), words), { kind: 'move', by: 1 })
  assert.deepEqual(intentOf(press('Enter'), words), { kind: 'enter' })
})

test('a full-width digit is a digit', () => {
  assert.deepEqual(intentOf(press('２'), words), { kind: 'class', class: 'present' })
})

test('shortcuts of the browser, keys held down and unknown keys mean nothing', () => {
  assert.equal(intentOf(press('1', { ctrlKey: true }), words), null)
  assert.equal(intentOf(press('1', { metaKey: true }), words), null)
  assert.equal(intentOf(press('1', { repeat: true }), words), null)
  assert.equal(intentOf(press('Enter', { repeat: true }), words), null)
  assert.equal(intentOf(press('1', { isComposing: true }), words), null)
  assert.equal(intentOf(press('3'), words), null)
  assert.deepEqual(intentOf(press('ArrowUp', { repeat: true }), words), { kind: 'move', by: -1 })
})
