import { statementText } from '@consort/agreements'
import { hubEndpoints, nodeEndpoints, type StatementView } from '@consort/protocol'
import { printResult } from '../output/terminal.ts'
import { type Session, withHub, withNode } from '../session.ts'

export interface StatementOptions {
  /** Version of the agreement; that in force when absent. */
  readonly agreement?: string
}

/** What the hub is asked for. */
export function askedBy(month: string, { agreement }: StatementOptions) {
  return { params: { month }, query: agreement === undefined ? {} : { agreement: Number(agreement) } }
}

/** At the hub: works a month out and puts it up for signature. */
export async function makeStatement(
  session: Session,
  month: string,
  options: StatementOptions,
): Promise<void> {
  const asked = askedBy(month, options)
  const view = await withHub(session, call => call(hubEndpoints.makeStatement, asked))
  show(session, month, view)
}

/** Prints the statement of a month: the one in force, and the one that is proposed. */
export async function showStatement(
  session: Session,
  month: string,
  options: StatementOptions,
): Promise<void> {
  const asked = askedBy(month, options)
  show(session, month, await withHub(session, call => call(hubEndpoints.getStatement, asked)))
}

/** At a node: works it out anew, and signs it if every cent agrees. */
export async function signStatement(
  session: Session,
  month: string,
  options: StatementOptions,
): Promise<void> {
  const asked = askedBy(month, options)
  const view = await withNode(session, call => call(nodeEndpoints.confirmStatement, asked))
  printResult(session.terminal, view, () => session.say.statementSigned(month, view.inForce !== null))
}

function show({ terminal, say, language }: Session, month: string, view: StatementView): void {
  printResult(terminal, view, () => {
    const parts = [
      ...(view.inForce ? [say.statementInForce, statementText(view.inForce.document, language)] : []),
      ...(view.proposed ? [say.statementProposed, statementText(view.proposed.document, language)] : []),
    ]
    const uncounted = view.uncounted ? [say.statementUncounted(view.uncounted)] : []
    return [...(parts.length === 0 ? [say.statementNone(month)] : parts), ...uncounted].join('\n\n')
  })
}
