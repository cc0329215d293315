import { digestOfBytes, type hubEndpoints, Refusal } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext, HubTransaction } from '../../context.ts'
import { shownKey } from './consultation-key.ts'
import { forgetExpired } from './forget-expired.ts'

/** In flight of one asker at a time: at most 25 MiB of the largest size. */
const openMax = 100

export function sendConsultation(
  context: HubContext,
): Handler<typeof hubEndpoints.sendConsultation, HubCallers> {
  return async ({ body: { id, to, sealed, withinSeconds }, caller }) => {
    const { id: from } = caller
    const now = context.now()
    const digest = digestOfBytes(Buffer.from(sealed))
    await context.database.transaction().execute(async transaction => {
      await forgetExpired(transaction, now)
      const known = await transaction
        .selectFrom('consultation')
        .select(['asker', 'digest'])
        .where('id', '=', id)
        .executeTakeFirst()
      if (known?.asker === from && known.digest === digest) return
      if (known) throw new Refusal('state-conflict', `The consultation ${id} was sent with another content`)
      await checkCanBeSent(transaction, { from, to })
      const expires = now.getTime() + withinSeconds * 1000
      await transaction
        .insertInto('consultation')
        .values({ id, asker: from, answerer: to, digest, state: 'waiting', sealed, expires })
        .execute()
    })
    context.waiting.announce(`consultations ${to}`)
  }
}

async function checkCanBeSent(
  transaction: HubTransaction,
  { from, to }: { from: string; to: string },
): Promise<void> {
  if (!(await shownKey(transaction, from))) {
    throw new Refusal('state-conflict', 'Who asks shows a key for consultations first', {
      hint: 'PUT /v1/consultation-key.',
    })
  }
  const other = await transaction.selectFrom('member').select('id').where('id', '=', to).executeTakeFirst()
  if (!other || to === from) throw new Refusal('not-found', `There is no other member ${to}`)
  const { open } = await transaction
    .selectFrom('consultation')
    .select(({ fn }) => fn.countAll<number>().as('open'))
    .where('asker', '=', from)
    .executeTakeFirstOrThrow()
  if (open < openMax) return
  throw new Refusal('rate-limited', `${openMax} consultations of this member are in flight`, {
    hint: 'Close those that are answered or given up.',
    retryAfterSeconds: 1,
  })
}
