import { type Agreement, canonicalJson, digestOfDocument, type Roster } from '@consort/protocol'
import { benefitWeights } from '../money/benefit-weights.ts'
import { divideExactly } from '../money/divide-exactly.ts'
import { decimalsOf, formatAmount, formatMoney } from '../money/money.ts'
import { type Language, wordingOf } from '../wording/language.ts'
import { type ClauseName, clauseNames, type Wording } from '../wording/wording.ts'
import { type Clause, clausesOf, type Term } from './clauses.ts'

/**
 * The terms as numbered clauses in plain words: what a person reads before it signs. Names and the example of a
 * division come from `roster`; when that is not the one that the terms name, the text says so instead.
 */
export function describeAgreement(agreement: Agreement, roster: Roster, language: Language): string {
  const words = wordingOf(agreement, language)
  const isBound = agreement.roster === digestOfDocument(roster)
  const before: Lines = { who: isBound ? membersLines(roster, words) : [words.who.otherRoster] }
  const after: Lines = { division: isBound ? [exampleLine(agreement, roster, words)] : [] }
  const clauses = clausesOf(agreement, language).map(({ name, number, title, ...clause }) =>
    [
      `${number}. ${title}`,
      ...[...(before[name] ?? []), ...clause.before].map(indented),
      ...clause.sentences.map(({ text }) => indented(text)),
      ...clause.list.map(({ text }) => indented(`- ${text}`)),
      ...[...clause.after, ...(after[name] ?? [])].map(indented),
    ].join('\n'),
  )
  return [
    `${words.agreement.heading(agreement)}\n${words.agreement.replaces(agreement.previous)}`,
    ...clauses,
    words.agreement.closing(digestOfDocument(agreement)),
  ].join('\n\n')
}

/**
 * What an amendment changes, one line for each term, in the order of the clauses; empty when it changes no term. A text
 * that changes only in the other language is listed with both of its wordings there.
 */
export function describeChanges(before: Agreement, after: Agreement, language: Language): string[] {
  const words = wordingOf(after, language)
  const elsewhere: Language = language === 'en' ? 'zh' : 'en'
  const [old, next] = [clausesOf(before, language), clausesOf(after, language)]
  const [oldElsewhere, nextElsewhere] = [clausesOf(before, elsewhere), clausesOf(after, elsewhere)]
  return clauseNames.flatMap(name => {
    const termsOf = (clauses: readonly Clause[]): TermMap => termsIn(clauses.find(own => own.name === name))
    const clause = [...next, ...old].find(own => own.name === name)
    if (clause === undefined) return []
    const others = { before: termsOf(oldElsewhere), after: termsOf(nextElsewhere) }
    return changesOf(termsOf(old), termsOf(next), others, words).map(change =>
      words.change.line({ clause: clause.number, title: clause.title, change }),
    )
  })
}

const none = { sentences: [], list: [] }

type Lines = Partial<Record<ClauseName, string[]>>
type TermMap = ReadonlyMap<string, Term>

/** Nothing of a clause that an edition of the wording does not have. */
function termsIn({ sentences, list }: Pick<Clause, 'sentences' | 'list'> = none): TermMap {
  // A partner may be called like a sentence of the clause: sentences and lists have keys of their own.
  return new Map([
    ...sentences.map(term => [`sentence ${term.key}`, term] as const),
    ...list.map(term => [`list ${term.key}`, term] as const),
  ])
}

function changesOf(
  before: TermMap,
  after: TermMap,
  others: { before: TermMap; after: TermMap },
  { change }: Wording,
): string[] {
  const removed = [...before].filter(([key]) => !after.has(key)).map(([, { text }]) => change.removed(text))
  const rest = [...after].flatMap(([key, term]) => {
    const old = before.get(key)
    if (old === undefined) return [change.added(term.text)]
    if (canonicalJson(old.value) === canonicalJson(term.value)) return []
    if (old.text !== term.text) return [change.changed(old.text, term.text)]
    return [change.changedElsewhere(others.before.get(key)!.text, others.after.get(key)!.text)]
  })
  return [...removed, ...rest]
}

function membersLines({ members }: Roster, { who, comma }: Wording): string[] {
  const namesOf = (role: string): string[] =>
    members.filter(member => member.role === role).map(({ name }) => name)
  const evaluators = namesOf('evaluator')
  return [
    who.partners(namesOf('partner').join(comma)),
    ...(evaluators.length === 0 ? [] : [who.evaluators(evaluators.join(comma))]),
  ]
}

/** How a hundred units would be divided; for a rule that looks at a month, of a month that is made up. */
function exampleLine({ benefit }: Agreement, { members }: Roster, { division, comma }: Wording): string {
  const { rule, currency } = benefit
  const names = members
    .filter(({ role }) => role === 'partner')
    .map(({ name }) => name)
    .sort()
  const month = names.map((name, index) => {
    const answers = names.length - index
    return { name, answers, examples: 100 * answers }
  })
  const total = 100 * 10 ** decimalsOf(currency)
  const shares = divideExactly(total, benefitWeights(rule, month))
  const supposed = {
    fixed: null,
    'by-use': division.supposedAnswers(month.map(({ name, answers }) => `${name} ${answers}`).join(comma)),
    'by-examples': division.supposedExamples(
      month.map(({ name, examples }) => `${name} ${examples}`).join(comma),
    ),
  }[rule.kind]
  return division.example({
    total: formatMoney(total, currency),
    supposed,
    shares: names.map((name, index) => `${name} ${formatAmount(shares[index]!, currency)}`).join(comma),
  })
}

function indented(line: string): string {
  return `   ${line}`
}
