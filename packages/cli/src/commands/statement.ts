import { statementText } from '@consort/agreements'
import { hubEndpoints, nodeEndpoints, type StatementView } from '@consort/protocol'
import { printResult } from '../output/terminal.ts'
import { type Session, withHub, withNode } from '../session.ts'

/** At the hub: works a month out and puts it up for signature. */
export async function makeStatement(session: Session, month: string): Promise<void> {
  const params = { month }
  const view = await withHub(session, call => call(hubEndpoints.makeStatement, { params }))
  show(session, month, view)
}

export async function showStatement(session: Session, month: string): Promise<void> {
  const params = { month }
  show(session, month, await withHub(session, call => call(hubEndpoints.getStatement, { params })))
}

/** At a node: works it out anew, and signs it if every cent agrees. */
export async function signStatement(session: Session, month: string): Promise<void> {
  const params = { month }
  const view = await withNode(session, call => call(nodeEndpoints.confirmStatement, { params }))
  printResult(session.terminal, view, () => session.say.statementSigned(month, view.inForce !== null))
}

function show({ terminal, say, language }: Session, month: string, view: StatementView): void {
  printResult(terminal, view, () => {
    const parts = [
      ...(view.inForce ? [say.statementInForce, statementText(view.inForce.document, language)] : []),
      ...(view.proposed ? [say.statementProposed, statementText(view.proposed.document, language)] : []),
    ]
    return parts.length === 0 ? say.statementNone(month) : parts.join('\n\n')
  })
}
