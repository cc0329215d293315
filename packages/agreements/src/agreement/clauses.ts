import type { Agreement, TableSchema } from '@consort/protocol'
import { formatMoney } from '../money/money.ts'
import { type Language, wordingOf } from '../wording/language.ts'
import { type ClauseName, clauseNames, type Wording } from '../wording/wording.ts'
import { onOneLine } from './on-one-line.ts'

/** One term that an amendment may add, remove or change. */
export interface Term {
  /** Names the term in its clause, whatever it says: `sex` in one version and `sex` in the next are compared. */
  readonly key: string
  /** All that was agreed about it; two versions agree on the term when this is equal. */
  readonly value: unknown
  readonly text: string
}

export interface Clause {
  readonly name: ClauseName
  /** From 1. */
  readonly number: number
  readonly title: string
  /** Words that every agreement has, before the terms and after them. */
  readonly before: readonly string[]
  readonly after: readonly string[]
  readonly sentences: readonly Term[]
  readonly list: readonly Term[]
}

type Terms = Partial<Pick<Clause, 'before' | 'after' | 'sentences' | 'list'>>

/**
 * The whole agreement in clauses, but for the names of its members: those stand in the roster. A clause that its
 * edition of the wording does not have is left out.
 */
export function clausesOf(agreement: Agreement, language: Language): Clause[] {
  const words = wordingOf(agreement, language)
  return clauseNames.flatMap((name, index) => {
    const title = name === 'language' ? words.language?.title : words.titles[name]
    if (title === undefined) return []
    const empty = { before: [], after: [], sentences: [], list: [] }
    return [{ name, number: index + 1, title, ...empty, ...termsOf[name](agreement, words, language) }]
  })
}

const termsOf = {
  who: ({ roster }, { who }) => ({
    sentences: [term('roster', roster, who.roster(roster))],
    after: [who.hub],
  }),
  purpose: ({ purpose }, _, language) => ({
    sentences: [term('purpose', purpose, onOneLine(purpose[language]))],
  }),
  data: ({ data }, words, language) => ({
    before: [words.data.intro],
    list: data.flatMap(schema => fieldTerms(schema, words, language)),
  }),
  statistics: ({ statistics }, words) => ({
    sentences: [term('statistics', statistics, words.statistics[sortOf(statistics)])],
  }),
  recipes: ({ recipes }, words) => ({
    before: [words.recipes.intro],
    list: recipes.map(({ name, digest = null }) =>
      term(name, digest, words.recipes.recipe({ name, digest })),
    ),
  }),
  privacy: ({ privacy: { secureAggregation, epsilonMax, anonymity = null } }, { privacy }) => ({
    sentences: [
      term('aggregation', secureAggregation, secureAggregation ? privacy.aggregated : privacy.single),
      term('epsilon', epsilonMax, epsilonMax === null ? privacy.unbounded : privacy.bounded(epsilonMax)),
      term('anonymity', anonymity, anonymity === null ? privacy.ownRules : privacy.hidden(anonymity)),
    ],
  }),
  use: ({ use }, words) => ({ before: [words.use.intro], list: use.map(name => term(name, name, name)) }),
  retraining: ({ retrainAfterExamples: examples }, { retraining }) => ({
    sentences: [
      term('examples', examples, examples === null ? retraining.never : retraining.after(examples)),
    ],
  }),
  price: ({ benefit: { answerPrice, currency } }, words) => ({
    sentences: [term('price', { answerPrice, currency }, words.price(formatMoney(answerPrice, currency)))],
  }),
  division: ({ benefit: { rule } }, { division }) => ({
    before: [division.intro],
    sentences: [term('rule', rule.kind, division.rule[rule.kind])],
    list:
      rule.kind === 'fixed'
        ? rule.parts.map(part => term(part.member, part.parts, division.parts(part)))
        : [],
    after: [division.rounding],
  }),
  amendment: (_, words) => ({ before: [words.amendment] }),
  language: ({ prevails, wording }, { language }) => ({
    sentences: language
      ? [
          term('prevails', prevails ?? null, language.prevails[prevails ?? 'neither']),
          term('wording', wording, language.edition(wording ?? 1)),
        ]
      : [],
  }),
} satisfies Record<ClauseName, (agreement: Agreement, words: Wording, language: Language) => Terms>

function sortOf(statistics: Agreement['statistics']): keyof Wording['statistics'] {
  if (typeof statistics === 'boolean') return statistics ? 'told' : 'untold'
  return 'summed'
}

function term(key: string, value: unknown, text: string): Term {
  return { key, value, text }
}

function fieldTerms({ dataset, fields, label }: TableSchema, words: Wording, language: Language): Term[] {
  const named = (name: string, value: unknown, text: string): Term => {
    const key = `${dataset}.${name}`
    return term(key, value, words.data.field({ name: onOneLine(key), text }))
  }
  return [
    ...fields.map(field =>
      named(
        field.name,
        field,
        field.kind === 'category'
          ? categoryText(field, words, language)
          : words.data.number({
              ...field,
              meaning: onOneLine(field.meaning[language]),
              unit: field.unit === '1' ? null : onOneLine(field.unit),
            }),
      ),
    ),
    named(label.name, { label }, words.data.label(categoryText(label, words, language))),
  ]
}

function categoryText({ meaning, codes }: TableSchema['label'], words: Wording, language: Language): string {
  const coded = codes.map(({ code, meaning }) =>
    words.data.code({ code: onOneLine(code), meaning: onOneLine(meaning[language]) }),
  )
  return words.data.category({ meaning: onOneLine(meaning[language]), codes: coded.join(words.comma) })
}
