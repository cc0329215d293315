import {
  checkRoster,
  type Document,
  digestOfDocument,
  documentSignatureHolds,
  filledUsagePageSchema,
  type PublicKey,
  parsePart,
  Refusal,
  type Roster,
  type Signed,
  type SignedStatement,
  signedAgreementSchema,
  signedRosterSchema,
  signedStatementSchema,
  signersOf,
  statementViewSchema,
  type UsagePage,
} from '@consort/protocol'
import { z } from 'zod'
import { checkAgreement } from '../agreement/check-agreement.ts'
import { broughtBy } from './brought-by.ts'
import { checkEachOnce, checkPage } from './check-page.ts'
import { checkStatement } from './check-statement.ts'

/** The first line of an exported statement. The pages that it names follow, one in a line. */
export const exportedStatementSchema = z.object({
  statement: signedStatementSchema,
  agreement: signedAgreementSchema,
  roster: signedRosterSchema,
  lineage: statementViewSchema.shape.lineage,
  /** The events of a statement of the first edition. */
  usage: statementViewSchema.shape.usage,
})
export type ExportedStatement = z.infer<typeof exportedStatementSchema>

/** What was found of an exported statement that holds. */
export interface VerifiedStatement {
  readonly statement: SignedStatement
  readonly hub: PublicKey
  readonly pages: number
  /** Names of partners with a line in it whose signatures it has, and of those whose signatures it lacks. */
  readonly signed: readonly string[]
  readonly unsigned: readonly string[]
}

/**
 * Works an exported statement out anew, by what is in the export alone, one page at a time: roster and terms with all
 * signatures, the hub's signature under the statement, each event and each data card by its member's key, every cent.
 * Whether the hub's key is the right one only whoever knows its fingerprint can tell. Throws `statement-wrong`,
 * `input-invalid` for what is no export, and what `checkRoster` and `checkAgreement` throw.
 */
export async function verifyStatement(lines: AsyncIterable<string>): Promise<VerifiedStatement> {
  const reader = lines[Symbol.asyncIterator]()
  const exported = await nextOf(reader, exportedStatementSchema)
  if (exported === undefined) throw new Refusal('input-invalid', 'The file is empty')
  const { statement: signed, agreement, roster, lineage } = exported
  const statement = signed.document
  checkParties(exported)
  for (const { cards } of lineage) for (const card of cards) checkSignedBy(card, roster.document)
  const inputs = {
    ...{ agreement: agreement.document, roster: roster.document, month: statement.month },
    brought: broughtBy(lineage),
  }
  if ('pages' in statement) {
    const pages: UsagePage[] = []
    const seen: Parameters<typeof checkEachOnce>[1] = new Set()
    for (const [index, digest] of statement.pages.entries()) {
      const shown = await nextOf(reader, filledUsagePageSchema)
      if (shown === undefined) throw wrong(`The export ends before page ${index + 1}`)
      const name = { agreement: statement.agreement, month: statement.month, number: index + 1 }
      const page = await checkPage(shown, { name, digest, roster: roster.document })
      checkEachOnce(page, seen)
      pages.push(page.page)
    }
    checkStatement(statement, { ...inputs, pages })
  } else {
    for (const event of exported.usage) checkSignedBy(event, roster.document)
    checkStatement(statement, { ...inputs, usages: exported.usage.map(({ document }) => document) })
  }
  return foundOf(exported)
}

/** Roster, terms and statement belong together, and those who make them have signed. */
function checkParties({ statement, agreement, roster }: ExportedStatement): void {
  const [{ hub, members }, { document }] = [roster.document, statement]
  const [anyone] = members
  if (anyone === undefined) throw wrong('The roster is empty')
  checkRoster(roster, { hub, self: anyone.key })
  checkAgreement(agreement, roster.document)
  if (document.agreement !== digestOfDocument(agreement.document)) {
    throw wrong('The statement is made by other terms than those in the export')
  }
  if (!signersOf(statement).has(hub)) throw wrong('The statement lacks the signature of the hub')
}

function foundOf({ statement, roster }: ExportedStatement): VerifiedStatement {
  const { document } = statement
  const signers = signersOf(statement)
  const lines = new Set(document.lines.map(({ member }) => member))
  const partners = roster.document.members.filter(({ id }) => lines.has(id))
  const namesOf = (isSigner: boolean): string[] =>
    partners.filter(({ key }) => signers.has(key) === isSigner).map(({ name }) => name)
  return {
    statement,
    hub: roster.document.hub,
    pages: 'pages' in document ? document.pages.length : 0,
    signed: namesOf(true),
    unsigned: namesOf(false),
  }
}

function checkSignedBy(signed: Signed<Document & { member: string }>, { members }: Roster): void {
  const { kind, member } = signed.document
  const key = members.find(({ id }) => id === member)?.key
  const signature = signed.signatures.find(entry => entry.key === key)
  if (signature && documentSignatureHolds(signed.document, signature)) return
  throw wrong(`A ${kind} is not signed by ${member}, whom it names`)
}

/** What stands in the next line that is not empty; undefined at the end. */
async function nextOf<Schema extends z.ZodType>(
  reader: AsyncIterator<string>,
  schema: Schema,
): Promise<z.output<Schema> | undefined> {
  for (;;) {
    const { done, value } = await reader.next()
    if (done) return undefined
    if (value !== '')
      return parsePart(schema, jsonOf(value), {
        part: 'line',
        hint: 'It is not from `consort statement export`.',
      })
  }
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function wrong(message: string): Refusal {
  return new Refusal('statement-wrong', message, { hint: 'Ask the partners for their copies, and compare.' })
}
