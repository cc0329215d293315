import { type KeyView, type nodeEndpoints, type Parsed, Refusal, type Result } from '@consort/protocol'
import type { Handlers } from '@consort/protocol/routes'
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
import type { KnownCaller, NodeCallers } from '../../caller.ts'
import { appendEvent } from '../../context.ts'
import type { AgentContext } from '../context.ts'

type KeyHandlers = Pick<
  Handlers<typeof nodeEndpoints, NodeCallers>,
  'createAccessKey' | 'listAccessKeys' | 'revokeAccessKey' | 'getOwnKey'
>

/** What the node answers about the keys that its operator gives out. */
export function keyHandlers(context: AgentContext): KeyHandlers {
  return {
    createAccessKey: ({ body }) => createAccessKey(context, body),
    listAccessKeys: async () => {
      const holders = await accessHolders(context.database)
      return { keys: await Promise.all(holders.map(holder => keyView(context, holder))) }
    },
    revokeAccessKey: ({ params }) => revokeAccessKey(context, params.name),
    getOwnKey: ({ caller }) => getOwnKey(context, caller),
  }
}

async function createAccessKey(
  context: AgentContext,
  asked: Parsed<typeof nodeEndpoints.createAccessKey>['body'],
): Promise<Result<typeof nodeEndpoints.createAccessKey>> {
  const { entropy, now, splitKey, database } = context
  const { id, name, holder, limits, key } = await database.transaction().execute(async transaction => {
    const made = await addAccessKey(transaction, asked, { entropy, now: now() })
    await appendEvent(context, transaction, {
      kind: 'access-key-made',
      body: { key: made.id, holder: made.holder, limits: made.limits },
    })
    return made
  })
  const webhookSecret = holder === 'application' ? webhookSecretOf(splitKey, id) : null
  return { id, name, holder, limits, key, webhookSecret }
}

/** From the next request on nobody is let in with it. */
async function revokeAccessKey(context: AgentContext, name: string): Promise<KeyView> {
  const { database, keys, now } = context
  const holder = await database.transaction().execute(async transaction => {
    const before = await readAccessHolder(transaction, { name })
    if (before.revoked !== null) return before
    await appendEvent(context, transaction, { kind: 'access-key-revoked', body: { key: before.id } })
    return await revokeAccessHolder(transaction, name, now())
  })
  keys.forget()
  return await keyView(context, holder)
}

async function getOwnKey(context: AgentContext, caller: KnownCaller): Promise<KeyView> {
  if (caller.kind === 'application') {
    return await keyView(context, await readAccessHolder(context.database, { id: caller.id }))
  }
  throw new Refusal('not-found', 'The operator calls without a key', {
    hint: 'GET /v1/keys lists all that were given out.',
  })
}

async function keyView(
  { database, now }: Pick<AgentContext, 'database' | 'now'>,
  { id, name, holder, limits, created, revoked }: AccessHolder,
): Promise<KeyView> {
  const account = await readAccount(database, { key: id, month: monthOf(now()) })
  return { id, name, holder, limits, created, revoked, account }
}
