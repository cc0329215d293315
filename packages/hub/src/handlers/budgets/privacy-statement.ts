import { Refusal } from '@consort/protocol'
import { appendEvent } from '@consort/storage'
import { keepPrivacyStatement } from '../../budgets/privacy-statement-store.ts'
import type { HubHandler } from '../../callers.ts'
import { checkOwnDocument } from '../../documents/own-signature.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import { hadTask } from '../../runs/condensed/condensed-run-store.ts'
import { hasTask } from '../../runs/tasks/task-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

/** Keeps what a member says that a run may have disclosed of its records; the latest statement counts. */
export function putPrivacyStatement(
  context: LogOwner & { readonly database: HubDatabase },
): HubHandler<'putPrivacyStatement'> {
  return async ({ body: signed, caller }) => {
    checkOwnDocument(signed, caller, 'The statement is not signed by the member that it speaks for')
    const { run, member, card, unit, epsilon, delta, budget, exempt } = signed.document
    await context.database.transaction().execute(async transaction => {
      const about = { run, member, card }
      if (!(await hasTask(transaction, about)) && !(await hadTask(transaction, about)))
        throw new Refusal('not-found', `The member has no task in ${run} with this card`)
      await keepPrivacyStatement(transaction, signed)
      const body = { run, member, card, unit, epsilon, delta, budget, exempt: Object.keys(exempt) }
      await appendEvent(context, transaction, { kind: 'privacy-stated', body })
    })
  }
}
