import { readFileSync } from 'node:fs'
import { describeAgreement, describeChanges, missingAgreementSigners } from '@consort/agreements'
import {
  type Agreement,
  type AgreementTerms,
  type AgreementView,
  agreementTermsSchema,
  digestOfDocument,
  hubEndpoints,
  nodeEndpoints,
  pathOf,
  Refusal,
  type Roster,
  type SignedAgreement,
} from '@consort/protocol'
import { parse } from 'yaml'
import { confirms } from '../output/confirms.ts'
import { note, printResult } from '../output/terminal.ts'
import { placeOf, type Session, withHub, withNode } from '../session.ts'

interface Shown {
  readonly view: AgreementView
  readonly roster: Roster
}

/** Puts the terms of a YAML or JSON file up for signature. */
export async function proposeAgreement(session: Session, path: string): Promise<void> {
  const body = readTerms(path)
  const view = await withHub(session, call => call(hubEndpoints.proposeAgreement, { body }))
  const version = view.proposed?.document.version ?? view.inForce!.document.version
  printResult(session.terminal, view, () => session.say.agreementProposedNext(version))
}

function readTerms(path: string): AgreementTerms {
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new Refusal('agreement-invalid', `${path} cannot be read as YAML or JSON`, { cause })
  }
  const result = agreementTermsSchema.safeParse(value)
  if (result.success) return result.data
  const issue = result.error.issues[0]!
  throw new Refusal('agreement-invalid', `${path}: ${pathOf(issue)}: ${issue.message}`, {
    path: pathOf(issue),
    hint: 'docs/agreements.md has an example with every clause.',
  })
}

/** Prints the agreement in force or proposed, in words. */
export async function showAgreement(session: Session): Promise<void> {
  const shown = await readAgreement(session)
  printResult(session.terminal, shown.view, () => agreementText(session, shown))
}

/** A node shows what it sees of the hub; the hub shows its own. */
async function readAgreement(session: Session): Promise<Shown> {
  const atHub = placeOf(session).kind === 'hub'
  const view = atHub
    ? await withHub(session, call => call(hubEndpoints.getAgreement))
    : await withNode(session, call => call(nodeEndpoints.showAgreement))
  const { inForce } = atHub
    ? await withHub(session, call => call(hubEndpoints.getRoster))
    : await withNode(session, call => call(nodeEndpoints.showRoster))
  if (!inForce) {
    throw new Refusal('roster-unsigned', 'No roster is in force yet, and an agreement binds its members', {
      hint: 'Every member compares fingerprints (`consort roster show`) and signs (`consort roster sign`).',
    })
  }
  return { view, roster: inForce.document }
}

function agreementText({ say, language }: Session, { view: { inForce, proposed }, roster }: Shown): string {
  if (!inForce && !proposed) return say.agreementNone
  const parts: string[] = []
  const text = (agreement: Agreement): string => describeAgreement(agreement, roster, language)
  if (inForce) parts.push(`${say.agreementInForce(inForce.document.version)}\n\n${text(inForce.document)}`)
  if (proposed) {
    const missing = missingAgreementSigners(proposed, roster).join(say.comma)
    parts.push(
      `${say.agreementProposed(proposed.document.version, missing)}\n\n${text(proposed.document)}`,
      ...changes(inForce, proposed, say.agreementChanges, language),
    )
  }
  return parts.join('\n\n')
}

function changes(
  inForce: SignedAgreement | null,
  proposed: SignedAgreement,
  title: string,
  language: Session['language'],
): string[] {
  if (!inForce) return []
  const lines = describeChanges(inForce.document, proposed.document, language)
  return [`${title}\n${lines.map(line => `  ${line}`).join('\n')}`]
}

/** Signs what a person has read: shows the terms, asks, and signs exactly the text that was shown. */
export async function signAgreement(session: Session, { yes }: { yes: boolean }): Promise<void> {
  const { say, terminal } = session
  const shown = await readAgreement(session)
  const { proposed } = shown.view
  if (!proposed) {
    printResult(terminal, shown.view, () => say.agreementNothing)
    return
  }
  const { version } = proposed.document
  if (!yes) {
    note(terminal, agreementText(session, shown))
    if (!(await confirms(session, say.agreementQuestion(version)))) {
      throw new Refusal('state-conflict', 'Nothing was signed', { hint: say.agreementNeedYes })
    }
  }
  const agreement = digestOfDocument(proposed.document)
  const after = await withNode(session, call => call(nodeEndpoints.confirmAgreement, { body: { agreement } }))
  const missing = after.proposed
    ? missingAgreementSigners(after.proposed, shown.roster).join(session.say.comma)
    : ''
  printResult(terminal, after, () => say.agreementSigned(version, missing))
}
