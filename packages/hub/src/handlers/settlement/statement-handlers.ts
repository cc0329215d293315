import { type hubEndpoints, type Statement, signersOf } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { countersign, type SigningRules } from '../../countersigned.ts'
import { readRoster } from '../../roster.ts'
import { proposeStatement, readStatement, statementSeries } from '../../statements.ts'

export function makeStatement(context: HubContext): Handler<typeof hubEndpoints.makeStatement, HubCallers> {
  return async ({ params, query }) => {
    const name = { ...params, ...query }
    await proposeStatement(context, name)
    return await readStatement(context.database, name)
  }
}

export function signStatement(context: HubContext): Handler<typeof hubEndpoints.signStatement, HubCallers> {
  return async ({ params, query, body: { statement: digest, signature }, caller }) => {
    const name = { ...params, ...query }
    const { series } = await statementSeries(context.database, name)
    const rules: SigningRules<Statement> = {
      series,
      missing: async (signed, transaction) => {
        const signers = signersOf(signed)
        const members = (await readRoster(transaction)).inForce?.document.members ?? []
        const lines = signed.document.lines.map(({ member }) => member)
        return members
          .filter(({ id, key }) => lines.includes(id) && !signers.has(key))
          .map(({ name }) => name)
      },
      hint: 'More usage came in meanwhile: look at the statement again, and sign that one.',
    }
    await countersign(context, rules, { digest, signature, caller })
    return await readStatement(context.database, name)
  }
}
