import { missingSigners, type Roster } from '@consort/protocol'
import type { HubHandler } from '../../callers.ts'
import { countersign, type SigningRules } from '../../documents/countersign.ts'
import { readInForce } from '../../documents/countersigned-store.ts'
import { readRoster, rosterSeries } from '../../documents/roster.ts'
import type { LogOwner } from '../../log/log-owner.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'

const rules: SigningRules<Roster> = {
  series: rosterSeries,
  missing: missingSigners,
  hint: 'Somebody joined meanwhile: run `consort roster show`, compare, and sign again.',
}

/** Shows the roster in force and the one that is proposed. */
export function getRoster({ database }: { readonly database: HubDatabase }): HubHandler<'getRoster'> {
  return () => readRoster(database)
}

/** Shows a roster that is or was in force. */
export function getRosterOf({ database }: { readonly database: HubDatabase }): HubHandler<'getRosterOf'> {
  return ({ params: { roster } }) => readInForce(database, rosterSeries, roster)
}

/** Adds a member's signature to the proposed roster. */
export function signRoster(context: LogOwner & { readonly database: HubDatabase }): HubHandler<'signRoster'> {
  return async ({ body: { roster: digest, signature }, caller }) => {
    await countersign(context, rules, { digest, signature, caller })
    return await readRoster(context.database)
  }
}
