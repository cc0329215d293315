import { type KeyView, Refusal } from '@consort/protocol'
import {
  type AccessHolder,
  accessHolders,
  addAccessKey,
  monthOf,
  readAccessHolder,
  readAccount,
  revokeAccessHolder,
  webhookSecretOf,
} from '@consort/serving'
import { appendEvent } from '@consort/storage'
import type { NodeHandler } from '../../caller.ts'
import type { ReportContext } from './report-context.ts'

/** Makes a key for an application or an expert. It is shown this once. */
export function createAccessKey(context: ReportContext): NodeHandler<'createAccessKey'> {
  const { entropy, now, splitKey, database } = context
  return async ({ body }) => {
    const { id, name, holder, limits, key } = await database.transaction().execute(async transaction => {
      const made = await addAccessKey(transaction, body, { entropy, now: now() })
      await appendEvent(context, transaction, {
        kind: 'access-key-made',
        body: { key: made.id, holder: made.holder, limits: made.limits },
      })
      return made
    })
    const webhookSecret = holder === 'application' ? webhookSecretOf(splitKey, id) : null
    return { id, name, holder, limits, key, webhookSecret }
  }
}

/** Lists the keys that were given out, with what they have spent this month. */
export function listAccessKeys(
  context: Pick<ReportContext, 'database' | 'now'>,
): NodeHandler<'listAccessKeys'> {
  return async () => {
    const holders = await accessHolders(context.database)
    return { keys: await Promise.all(holders.map(holder => keyView(context, holder))) }
  }
}

/** Revokes a key: from the next request on nobody is let in with it. */
export function revokeAccessKey(context: ReportContext): NodeHandler<'revokeAccessKey'> {
  const { database, keys, now } = context
  return async ({ params: { name } }) => {
    const holder = await database.transaction().execute(async transaction => {
      const before = await readAccessHolder(transaction, { name })
      if (before.revoked !== null) return before
      await appendEvent(context, transaction, { kind: 'access-key-revoked', body: { key: before.id } })
      return await revokeAccessHolder(transaction, name, now())
    })
    keys.forget()
    return await keyView(context, holder)
  }
}

/** Shows the key of the application that calls. The operator has none. */
export function getOwnKey(context: Pick<ReportContext, 'database' | 'now'>): NodeHandler<'getOwnKey'> {
  return async ({ caller }) => {
    if (caller.kind === 'application') {
      return await keyView(context, await readAccessHolder(context.database, { id: caller.id }))
    }
    throw new Refusal('not-found', 'The operator calls without a key', {
      hint: 'GET /v1/keys lists all that were given out.',
    })
  }
}

async function keyView(
  { database, now }: Pick<ReportContext, 'database' | 'now'>,
  { id, name, holder, limits, created, revoked }: AccessHolder,
): Promise<KeyView> {
  const account = await readAccount(database, { key: id, month: monthOf(now()) })
  return { id, name, holder, limits, created, revoked, account }
}
