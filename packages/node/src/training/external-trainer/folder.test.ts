import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { pino } from 'pino'
import { openTrainerFolder, sweepTrainerFolders } from './folder.ts'

const silent = pino({ level: 'silent' })

test('a folder is private, and gone with all it holds when the work is over', async () => {
  const folder = await openTrainerFolder(randomUUID(), silent)
  const { path } = folder
  assert.equal(statSync(path).mode & 0o777, 0o700)
  mkdirSync(join(path, 'cache'), { mode: 0o500 })
  writeFileSync(join(path, 'x'), 'x')
  symlinkSync('/etc', join(path, 'link'))
  await folder[Symbol.asyncDispose]()
  assert.ok(!existsSync(path) && existsSync('/etc/hosts'))
})

test('a sweep removes what a crash left of one node, and touches no other’s', async () => {
  const [own, other] = [randomUUID(), randomUUID()]
  const left = await openTrainerFolder(own, silent)
  writeFileSync(join(left.path, 'data.safetensors'), 'records')
  await using busy = await openTrainerFolder(other, silent)
  await sweepTrainerFolders(own, silent)
  assert.deepEqual([existsSync(left.path), existsSync(busy.path)], [false, true])
})

test('a user that takes the folder over owns everything in it', {
  skip: process.getuid?.() !== 0,
}, async () => {
  await using folder = await openTrainerFolder(randomUUID(), silent)
  writeFileSync(join(folder.path, 'task.json'), '{}')
  await folder.handOver({ uid: 65_534, gid: 65_533 })
  for (const path of [folder.path, join(folder.path, 'task.json')]) {
    const { uid, gid } = statSync(path)
    assert.deepEqual([uid, gid], [65_534, 65_533])
  }
})
