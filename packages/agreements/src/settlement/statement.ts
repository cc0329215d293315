import {
  type Agreement,
  digestOfDocument,
  digestOfJson,
  type Id,
  monthSchema,
  type PagedStatement,
  Refusal,
  type Roster,
  type RosterMember,
  type Usage,
  type UsagePage,
  usagePagesMax,
  type WholeStatement,
} from '@consort/protocol'
import { benefitWeights, type Contribution } from '../money/benefit-weights.ts'
import { divideExactly } from '../money/divide-exactly.ts'
import { countedUsages } from './counted-usages.ts'
import { checkMayAnswer } from './may-answer.ts'

/** By what a month is divided. */
export interface DivisionInputs {
  /** The agreement under which the answers were given. */
  readonly agreement: Agreement
  /** The roster that the agreement names. */
  readonly roster: Roster
  /** A calendar month in UTC, e.g. `2026-11`. */
  readonly month: string
  /** How many examples each member brought to each version. */
  readonly brought: ReadonlyMap<Id<'version'>, ReadonlyMap<Id<'member'>, number>>
}

/** What a statement of the first edition is worked out from. */
export interface StatementInputs extends DivisionInputs {
  /** Whatever is known, each signed by its node and verified; `countedUsages` picks those that count. */
  readonly usages: readonly Usage[]
}

/** What a statement that names pages is worked out from. */
export interface PagedInputs extends DivisionInputs {
  /** Each checked by `checkPage`, in the order of their numbers, and by `checkEachOnce`. */
  readonly pages: readonly UsagePage[]
}

/**
 * Works out a month under one agreement; a month in which the terms changed has one statement for each version.
 * The revenue is the answers times their price; every partner of the roster has a line, in the order of names, those
 * without answers too. Shares add up to the revenue and balances to zero exactly. Examples of members who are no
 * partners of this roster count for nobody. Equal inputs give equal statements.
 *
 * Throws `agreement-altered` when the roster is not the agreement's, `input-invalid` for no month, `not-found` for a
 * version that `brought` does not know, `too-large` above what a statement can hold (1e12 minor units, 2⁵³ examples,
 * ten thousand pages), `agreement-refused` for answers of a member who is no partner or may not use the model.
 */
export function makePagedStatement(inputs: PagedInputs): PagedStatement {
  const { agreement, roster, pages } = inputs
  checkInputs(inputs)
  if (pages.length > usagePagesMax) throw tooLarge(`${pages.length} pages of answers`)
  const counts = pages.flatMap(({ answers }) => answers)
  for (const member of new Set(counts.map(count => count.member))) {
    checkMayAnswer(member, `An answer of ${member}`, { agreement, roster })
  }
  return { ...divided(inputs, counts), edition: 2, pages: pages.map(digestOfDocument) }
}

/**
 * Works out a statement of the first edition, as `makePagedStatement` does: of events, in whatever order they come.
 * Throws the same, and what `countedUsages` throws.
 */
export function makeStatement(inputs: StatementInputs): WholeStatement {
  checkInputs(inputs)
  const usages = countedUsages(inputs)
  const counts = usages.map(({ member, version }) => ({ member, version, answers: 1 }))
  return { ...divided(inputs, counts), usage: digestOfJson(usages.map(digestOfDocument)) }
}

/** So many answers of a member with a version. */
type AnswerCount = UsagePage['answers'][number]

/** All of a statement but what it was counted from. */
function divided(
  { agreement, roster, month, brought }: DivisionInputs,
  counts: readonly AnswerCount[],
): Omit<WholeStatement, 'usage'> {
  const { currency, answerPrice, rule } = agreement.benefit
  const revenue = amountOf(
    counts.reduce((sum, { answers }) => sum + answers, 0),
    answerPrice,
  )
  const contributions = contributionsOf(partnersByName(roster), counts, brought)
  const shares = divideExactly(revenue, benefitWeights(rule, contributions))
  return {
    kind: 'statement',
    consortium: agreement.consortium,
    ...(agreement.wording && { wording: agreement.wording }),
    agreement: digestOfDocument(agreement),
    month,
    currency,
    answerPrice,
    rule,
    revenue,
    lines: contributions.map(({ member, name, answers, examples }, index) => {
      const [share, collected] = [shares[index]!, answers * answerPrice]
      return { member, name, answers, collected, examples, share, balance: share - collected }
    }),
  }
}

function checkInputs({ agreement, roster, month }: DivisionInputs): void {
  if (!monthSchema.safeParse(month).success) {
    throw new Refusal('input-invalid', `${month} is no month`, {
      path: 'month',
      hint: 'Write it as 2026-11.',
    })
  }
  if (agreement.roster !== digestOfDocument(roster)) {
    throw new Refusal('agreement-altered', 'The roster is not the one that the agreement names', {
      path: 'roster',
      hint: 'Take the edition of the roster that was in force when the agreement was signed.',
    })
  }
}

function partnersByName({ members }: Roster): RosterMember[] {
  return members.filter(({ role }) => role === 'partner').sort((a, b) => (a.name < b.name ? -1 : 1))
}

function contributionsOf(
  partners: readonly RosterMember[],
  counts: readonly AnswerCount[],
  brought: DivisionInputs['brought'],
): (Contribution & { member: Id<'member'> })[] {
  const answersBy = sumBy(counts, ({ member }) => member)
  const answersOf = sumBy(counts, ({ version }) => version)
  return partners.map(({ id, name }) => {
    let examples = 0n
    for (const [version, answers] of answersOf) {
      const examplesOf = brought.get(version)
      if (examplesOf === undefined) {
        throw new Refusal('not-found', `Nobody knows who brought examples to ${version}, which answered`, {
          path: 'brought',
          hint: 'Its model card lists the data cards of every partner that took part.',
        })
      }
      examples += BigInt(examplesOf.get(id) ?? 0) * BigInt(answers)
    }
    if (examples > Number.MAX_SAFE_INTEGER) throw tooLarge(`${examples} examples`)
    return { member: id, name, answers: answersBy.get(id) ?? 0, examples: Number(examples) }
  })
}

function amountOf(answers: number, answerPrice: number): number {
  const revenue = answers * answerPrice
  if (revenue > 1e12) throw tooLarge(`${answers} answers at ${answerPrice}`)
  return revenue
}

function tooLarge(what: string): Refusal {
  return new Refusal('too-large', `${what} are more than a statement can hold`, {
    hint: 'Amend the agreement to a currency or a price with larger units.',
  })
}

function sumBy<K>(counts: readonly AnswerCount[], keyOf: (count: AnswerCount) => K): Map<K, number> {
  const sums = new Map<K, number>()
  for (const count of counts) sums.set(keyOf(count), (sums.get(keyOf(count)) ?? 0) + count.answers)
  return sums
}
