import type { NodeHandler } from '../caller.ts'
import type { SettlementContext } from './context.ts'
import { confirmStatement } from './statements.ts'

/** The operator signs what the month is worth. */
export function settlementHandlers(context: SettlementContext): {
  readonly confirmStatement: NodeHandler<'confirmStatement'>
} {
  return { confirmStatement: ({ params, query }) => confirmStatement(context, { ...params, ...query }) }
}
