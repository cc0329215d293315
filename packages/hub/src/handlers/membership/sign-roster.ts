import { type hubEndpoints, missingSigners, type Roster } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { countersign, type SigningRules } from '../../countersigned.ts'
import { readRoster, rosterSeries } from '../../roster.ts'

const rules: SigningRules<Roster> = {
  series: rosterSeries,
  missing: missingSigners,
  hint: 'Somebody joined meanwhile: run `consort roster show`, compare, and sign again.',
}

export function signRoster(context: HubContext): Handler<typeof hubEndpoints.signRoster, HubCallers> {
  return async ({ body: { roster: digest, signature }, caller }) => {
    await countersign(context, rules, { digest, signature, caller })
    return await readRoster(context.database)
  }
}
