import type { HubConfig } from '@consort/hub'
import { openHub } from '@consort/hub'
import type { FileSystem } from '@consort/storage'
import { localFiles, openDatabase } from '@consort/storage'
import { pino } from 'pino'

/**
 * A hub that kills itself with SIGKILL at a chosen step. A step is a moment at which what is on disk changes: a file
 * was synced, renamed or its directory synced, or a statement of the database wrote something or was committed, each
 * counted from the message `{ dieAt: n }` on. Started by killable-hub.ts with an IPC channel.
 */
let steps = 0
let dieAt = Number.POSITIVE_INFINITY

function step(): void {
  steps += 1
  if (steps === dieAt) process.kill(process.pid, 'SIGKILL')
}

process.on('message', (message: { dieAt?: number; count?: true }) => {
  if (message.dieAt !== undefined) {
    steps = 0
    dieAt = message.dieAt
    process.send!({ armed: true })
  }
  if (message.count) process.send!({ steps })
})
process.on('disconnect', () => process.exit())

const files: FileSystem = {
  ...localFiles,
  async create(path) {
    const file = await localFiles.create(path)
    return { ...file, sync: () => file.sync().then(step) }
  },
  rename: (from, to) => localFiles.rename(from, to).then(step),
  syncDirectory: path => localFiles.syncDirectory(path).then(step),
}

const config = JSON.parse(process.argv[2]!) as HubConfig
const hub = await openHub(config, {
  files,
  log: pino({ level: 'silent' }),
  openDatabase: (place, options) =>
    openDatabase(place, {
      ...options,
      onStatement: sql => /^(insert|update|delete|commit)/.test(sql) && step(),
    }),
})
process.send!({ url: hub.url })
