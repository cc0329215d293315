import type { BenefitRule, Digest } from '@consort/protocol'

/** The clauses of an agreement in the order of their numbers, from 1. */
export const clauseNames = [
  'who',
  'purpose',
  'data',
  'statistics',
  'recipes',
  'privacy',
  'use',
  'retraining',
  'price',
  'division',
  'amendment',
  'language',
] as const
export type ClauseName = (typeof clauseNames)[number]

/**
 * Every sentence of agreements and statements, in one language. A sentence that is missing in one does not compile.
 * What was signed is read in the edition that it names, so a landed edition is never edited: a change is a new edition.
 */
export interface Wording {
  readonly agreement: {
    heading(of: { consortium: string; version: number }): string
    replaces(previous: Digest | null): string
    closing(digest: Digest): string
  }
  /** Null in the first edition, which has no such clause. */
  readonly language: {
    readonly title: string
    /** Which text holds where the two differ. */
    readonly prevails: Readonly<Record<'en' | 'zh' | 'neither', string>>
    /** By which edition of these sentences the agreement is read. */
    edition(edition: number): string
  } | null
  readonly titles: Readonly<Record<Exclude<ClauseName, 'language'>, string>>
  readonly who: {
    partners(names: string): string
    evaluators(names: string): string
    readonly hub: string
    /** Instead of the names, where the roster at hand is not the one that the terms name. */
    readonly otherRoster: string
    roster(digest: Digest): string
  }
  readonly data: {
    readonly intro: string
    field(of: { name: string; text: string }): string
    /** `unit` is null for counts and ratios. */
    number(field: { meaning: string; unit: string | null; min: number; max: number }): string
    category(field: { meaning: string; codes: string }): string
    code(of: { code: string; meaning: string }): string
    label(category: string): string
  }
  readonly statistics: { readonly told: string; readonly summed: string; readonly untold: string }
  readonly recipes: { readonly intro: string; recipe(of: { name: string; digest: Digest | null }): string }
  readonly privacy: {
    readonly aggregated: string
    readonly single: string
    /** ε at δ = 1e-5, for one record in one run. */
    bounded(epsilonMax: number): string
    readonly unbounded: string
    /** The least that a de-identified table must hold to leave its owner. */
    hidden(anonymity: { k: number; l: number }): string
    readonly ownRules: string
  }
  readonly use: { readonly intro: string }
  readonly retraining: { after(examples: number): string; readonly never: string }
  price(price: string): string
  readonly division: {
    readonly intro: string
    readonly rule: Readonly<Record<BenefitRule['kind'], string>>
    parts(of: { member: string; parts: number }): string
    readonly rounding: string
    /** `supposed` is null where the rule needs no assumption. */
    example(of: { total: string; supposed: string | null; shares: string }): string
    supposedAnswers(counts: string): string
    supposedExamples(counts: string): string
  }
  readonly amendment: string
  readonly change: {
    added(text: string): string
    removed(text: string): string
    changed(before: string, after: string): string
    /** For texts that stay the same in this language and change in the other. */
    changedElsewhere(before: string, after: string): string
    line(of: { clause: number; title: string; change: string }): string
  }
  readonly statement: {
    heading(of: { consortium: string; month: string }): string
    revenue(of: { answers: number; price: string; revenue: string }): string
    readonly rule: Readonly<Record<BenefitRule['kind'], string>>
    readonly columns: {
      readonly member: string
      readonly answers: string
      readonly collected: string
      readonly examples: string
      readonly share: string
      readonly balance: string
    }
    readonly total: string
    readonly balance: string
    agreement(digest: Digest): string
  }
  /** What stands between the items of a list. */
  readonly comma: string
}
