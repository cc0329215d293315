import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createKeyPair,
  digestOfDocument,
  type SignedUsage,
  type Statement,
  signDocument,
  statementSchema,
  type Usage,
} from '@consort/protocol'
import { type FileSystem, localFiles, openLocalBlobs } from '@consort/storage'
import { insertProposal, putInForce } from '../documents/countersigned-store.ts'
import { publish } from '../runs/version-store.ts'
import { sealPages } from '../settlement/seal-pages.ts'
import { statementAbout } from '../settlement/statements.ts'
import { sweepUsage } from '../settlement/sweep-usage.ts'
import { usageScope } from '../settlement/usage-file.ts'
import { pagesOfMonth } from '../settlement/usage-page-store.ts'
import { insertUsage } from '../settlement/usage-store.ts'
import { openHubDatabase } from './open-hub-database.ts'
import { putAgreement } from './put-agreement.ts'

const padded = (number: number): string => String(number).padStart(16, '0')

/** A hub under an agreement, to which usage may be told, sealed, settled and archived; its blobs lie in a folder. */
export async function openSettling() {
  const hub = await openHubDatabase()
  const { database, caller } = hub
  const folder = mkdtempSync(join(tmpdir(), 'consort-usage-'))
  const key = createKeyPair()
  const terms = await putAgreement(database)
  const agreement = digestOfDocument(terms)
  const { id: version } = await database.selectFrom('version').select('id').executeTakeFirstOrThrow()
  await database.transaction().execute(transaction => publish(transaction, version))
  const open = (files: FileSystem) => openLocalBlobs(files, folder)
  const eventAt = (number: number, month: string, change: Partial<Usage> = {}): SignedUsage => {
    const document: Usage = {
      ...{ kind: 'usage', id: `use_${padded(number)}`, member: caller.id, version, agreement },
      ...{ case: `cas_${padded(number)}`, by: 'agent', at: `${month}-05T00:00:00.000Z`, ...change },
    }
    return { document, signatures: [signDocument(document, key)] }
  }
  const stateOf = async (month: string, state: 'in-force' | 'proposed', pages: unknown) => {
    const line = { member: caller.id, name: 'a', answers: 1, collected: 0, examples: 0, share: 0, balance: 0 }
    const document: Statement = statementSchema.parse({
      ...{ kind: 'statement', consortium: 'clinics', agreement, month, currency: 'EUR', answerPrice: 100 },
      ...{ rule: { kind: 'by-use' }, revenue: 0, lines: [line] },
      ...(pages === null ? { usage: agreement } : { edition: 2, pages }),
    })
    await database.transaction().execute(async transaction => {
      await insertProposal(transaction, statementAbout(month, terms), { document, version: 1 })
      if (state === 'in-force') await putInForce(transaction, digestOfDocument(document))
    })
  }
  return {
    ...{ database, caller, key, agreement, eventAt, blobs: open(localFiles) },
    tell: (...events: SignedUsage[]) =>
      database.transaction().execute(async transaction => {
        for (const event of events) await insertUsage(transaction, event)
      }),
    seal: async (month: string) => {
      await sealPages({ database, key, now: () => new Date(0) }, { agreement, month })
      return await pagesOfMonth(database, { agreement, month })
    },
    /** Makes a statement of the second edition with these pages, or of the first. */
    stateOf,
    sweep: async (before: string, files = localFiles) => {
      let gone = 0
      for await (const rows of sweepUsage({ database, blobs: open(files) }, new Date(before))) gone += rows
      return gone
    },
    /** Ends after the first step. */
    sweepOnce: async (before: string) => {
      for await (const _ of sweepUsage({ database, blobs: open(localFiles) }, new Date(before))) return
    },
    rows: async () => (await database.selectFrom('usage').select('id').orderBy('id').execute()).length,
    files: () =>
      readdirSync(folder).includes(usageScope)
        ? readdirSync(join(folder, usageScope))
            .filter(name => !name.endsWith('.part'))
            .map(name => join(folder, usageScope, name))
        : [],
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true })
    },
  }
}
