import assert from 'node:assert/strict'
import test from 'node:test'
import { createKeyPair, digestOfBytes } from '@consort/protocol'
import { createWaitingRoom } from '@consort/protocol/waiting-room'
import { openLocalBlobs } from '@consort/storage'
import { createLossyFiles } from '@consort/storage/testing'
import { getSurvey } from '../handlers/surveys/survey-handlers.ts'
import { keepStage, readAttempt } from '../sums/attempt-store.ts'
import { openSurvey, survey } from '../testing/open-survey.ts'
import type { HubTopic } from '../topics.ts'
import { pursueSurvey } from './pursue-survey.ts'
import { inputScope } from './survey-store.ts'

/** A survey that was discarded after shares had been opened: what follows is its end. */
async function openDiscarded() {
  const hub = await openSurvey()
  await hub.database.transaction().execute(async transaction => {
    const attempt = await readAttempt(transaction, survey.id, 1)
    const { context, digest } = attempt.state
    const state = { stage: 'discarded' as const, context, digest, why: 'cut', missing: [] }
    await keepStage(transaction, attempt, { state, deadline: null, isOpened: true })
  })
  return hub
}

test('who waits for a survey learns of its end though the disk fails, and the answers go then', {
  timeout: 60_000,
}, async () => {
  await using hub = await openDiscarded()
  const { database } = hub
  let isBroken = true
  const files = createLossyFiles()
  const remove = async (path: string): Promise<void> => {
    if (isBroken) throw new Error('input/output error')
    await files.remove(path)
  }
  const blobs = openLocalBlobs({ ...files, remove }, '/data/blobs')
  const bytes = Buffer.from('masked')
  await blobs.put(inputScope(survey.id), { digest: digestOfBytes(bytes), bytes: bytes.length }, bytes)
  const waiting = createWaitingRoom<HubTopic>()
  const context = {
    ...{ database, blobs, waiting },
    key: createKeyPair(),
    entropy: { bytes: (count: number) => new Uint8Array(count) },
    now: () => new Date(0),
  }
  const pursue = async () => {
    while (await pursueSurvey(context, survey.id));
  }
  const params = { survey: survey.id }
  const caller = { kind: 'operator' } as never
  const poll = getSurvey({ database, waiting })({ params, query: { wait: 3600 }, caller })
  await new Promise(resolve => setImmediate(resolve))
  await assert.rejects(pursue(), /input\/output/)
  assert.equal((await poll).state, 'failed')
  isBroken = false
  await pursue()
  assert.deepEqual(await blobs.scopes(), [])
})
