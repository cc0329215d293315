import { createReadStream, existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { type ExportedStatement, statementText, verifyStatement } from '@consort/agreements'
import { type Caller, fingerprintOf, hubEndpoints, Refusal, usagePageBytesMax } from '@consort/protocol'
import { linesOf } from '../output/lines-of.ts'
import { printResult } from '../output/terminal.ts'
import { type Session, withHub } from '../session.ts'
import { askedBy, type StatementOptions } from './statement.ts'

/** Writes a month's statement to a file with all that it was worked out from, one page of answers in a line. */
export async function exportStatement(
  session: Session,
  month: string,
  file: string,
  options: StatementOptions,
): Promise<void> {
  const pages = await withHub(session, async call => {
    const exported = await readWhole(call, month, options)
    const { document } = exported.statement
    await using output = await open(file, 'w')
    await output.appendFile(`${JSON.stringify(exported)}\n`)
    const named = 'pages' in document ? document.pages : []
    for (const page of named) {
      const limit = { bytesMax: usagePageBytesMax }
      const filled = await call(hubEndpoints.getUsagePage, { params: { page } }, limit)
      await output.appendFile(`${JSON.stringify(filled)}\n`)
    }
    return named.length
  })
  printResult(session.terminal, { file, pages }, () => session.say.logExported(pages + 1, file))
}

/** All but the pages. */
async function readWhole(call: Caller, month: string, options: StatementOptions): Promise<ExportedStatement> {
  const view = await call(hubEndpoints.getStatement, askedBy(month, options))
  const statement = view.inForce ?? view.proposed
  if (statement === null) {
    throw new Refusal('not-found', `There is no statement for ${month}`, {
      hint: 'The hub’s operator runs `consort statement make`.',
    })
  }
  const { agreement: digest } = statement.document
  const agreement = await call(hubEndpoints.getAgreementOf, { params: { agreement: digest } })
  const roster = await call(hubEndpoints.getRosterOf, { params: { roster: agreement.document.roster } })
  return { statement, agreement, roster, lineage: view.lineage, usage: view.usage }
}

/** Works an exported statement out anew, offline: by what is in the file alone. */
export async function verifyExported({ terminal, say, language }: Session, file: string): Promise<void> {
  if (!existsSync(file)) throw new Refusal('not-found', `There is no file ${file}`)
  const { statement, hub, pages, signed, unsigned } = await verifyStatement(
    linesOf(createReadStream(file, 'utf8')),
  )
  const fingerprint = fingerprintOf(hub)
  const { document } = statement
  printResult(terminal, { holds: true, statement: document, pages, signed, unsigned, hub: fingerprint }, () =>
    [statementText(document, language), say.statementHolds({ pages, signed, unsigned, fingerprint })].join(
      '\n\n',
    ),
  )
}
