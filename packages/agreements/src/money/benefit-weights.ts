import type { BenefitRule } from '@consort/protocol'

/** What a partner did in a month, as far as a rule may look at it. */
export interface Contribution {
  readonly name: string
  /** Answers that its agents gave. */
  readonly answers: number
  /** Examples that it brought to the versions that answered, summed over all answers. */
  readonly examples: number
}

/** Each partner's weight under a rule, in the order given. Only their proportions count. */
export function benefitWeights(rule: BenefitRule, partners: readonly Contribution[]): number[] {
  switch (rule.kind) {
    case 'fixed': {
      const parts = new Map(rule.parts.map(part => [part.member, part.parts]))
      return partners.map(({ name }) => parts.get(name) ?? 0)
    }
    case 'by-use':
      return partners.map(({ answers }) => answers)
    case 'by-examples':
      return partners.map(({ examples }) => examples)
  }
}
