import assert from 'node:assert/strict'
import test from 'node:test'
import { type Caller, createKeyPair, Refusal } from '@consort/protocol'
import { eventSchema, migrate, openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { openTestDatabase } from '@consort/storage/testing/open-test-database'
import { pino } from 'pino'
import type { WorkStatus } from '../status.ts'
import { type NodeTables, nodeSchema } from '../tables/node-tables.ts'
import { workLoop } from './loop.ts'

test('a node says that it waits for the hub until the hub has answered, and asks it for a short answer', async () => {
  await using database = await openTestDatabase<NodeTables>()
  await migrate(database, [eventSchema, nodeSchema])
  const ending = new AbortController()
  const status: WorkStatus = { state: { kind: 'waiting-for-work' }, hubSeen: null, hubVersion: () => null }
  const seen: { state: string; isShort: boolean }[] = []
  const call = (async (_endpoint: unknown, { query }: { query: { wait: number } }) => {
    seen.push({ state: status.state.kind, isShort: query.wait === 0 })
    if (seen.length < 3) throw new Refusal('unreachable', 'nobody there')
    if (seen.length === 4) ending.abort()
    return { task: null, survey: null }
  }) as unknown as Caller
  const key = createKeyPair()
  const context = {
    ...{ database, blobs: openLocalBlobs(createLossyFiles(), '/data/blobs'), call, key },
    ...{ guarded: undefined as never, policy: { read: () => ({}) } as never },
    enrolment: { member: 'mem_0000000000000001', name: 'a' } as never,
    ...{ entropy: { bytes: (length: number) => new Uint8Array(length) }, now: () => new Date(0) },
    log: pino({ level: 'silent' }),
  }
  let back = 0
  const parts = { runner: undefined as never, doSurvey: async () => {}, status, onHubBack: () => void back++ }
  await workLoop(context, parts, ending.signal)
  assert.deepEqual(seen, [
    { state: 'waiting-for-work', isShort: false },
    { state: 'waiting-for-hub', isShort: true },
    { state: 'waiting-for-hub', isShort: true },
    { state: 'waiting-for-work', isShort: false },
  ])
  assert.equal(back, 1)
})
