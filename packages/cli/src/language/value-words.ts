/** What an agent's cases cost, and would have cost under other rules. */
export interface ValueWords {
  readonly doublyRobust: string
  readonly inversePropensity: string
  readonly effective: string
  readonly now: string
  readonly instead: string
  readonly difference: string
  readonly judgedBy: (costs: Readonly<Record<'error' | 'price' | 'waiting', string>>) => string
  readonly casesOf: (of: { cases: number; audited: number; later: number }) => string
  /** `by` and `error` are the doubly robust difference and its standard error. */
  readonly verdict: Readonly<Record<'cheaper' | 'dearer' | 'unclear', (by: string, error: string) => string>>
  readonly same: string
  readonly tooFew: (effective: string, needed: number) => string
  readonly rough: (effective: string, needed: number) => string
}

export const valueWords: Readonly<Record<'en' | 'zh', ValueWords>> = {
  en: {
    doublyRobust: 'cost a case (doubly robust)',
    inversePropensity: '(inverse propensities)',
    effective: 'effective spot checks',
    now: 'now',
    instead: 'instead',
    difference: 'difference',
    judgedBy: ({ error, price, waiting }) =>
      `Judged by: a wrong answer costs ${error}, a person ${price} and ${waiting} for waiting.`,
    casesOf: ({ cases, audited, later }) =>
      `${cases} cases, ${audited} of them spot-checked answers${later === 0 ? '' : `; ${later} more stand behind a spot check whose label is awaited`}.`,
    verdict: {
      cheaper: (by, error) => `The other rules would have been cheaper, clearly: by ${by} ± ${error} a case.`,
      dearer: (by, error) => `The other rules would have been dearer, clearly: by ${by} ± ${error} a case.`,
      unclear: (by, error) =>
        `Which would have been cheaper is not clear: they differ by ${by} ± ${error} a case.`,
    },
    same: 'Both would have acted alike in every case.',
    tooFew: (effective, needed) =>
      `This log cannot tell: it takes ${needed} effective spot checks where the two differ, and there are ${effective}.`,
    rough: (effective, needed) =>
      `This log cannot tell well: ${effective} effective spot checks are less than ${needed}.`,
  },
  zh: {
    doublyRobust: '每例成本（双重稳健）',
    inversePropensity: '（逆倾向得分加权）',
    effective: '有效抽查数',
    now: '现行规则',
    instead: '其他规则',
    difference: '差异',
    judgedBy: ({ error, price, waiting }) => `计价：错误回答 ${error}，人工判断 ${price}，等待 ${waiting}。`,
    casesOf: ({ cases, audited, later }) =>
      `共 ${cases} 个案例，其中抽查回答 ${audited} 例${later === 0 ? '' : `；另有 ${later} 例排在尚待标签的抽查之后`}。`,
    verdict: {
      cheaper: (by, error) => `换用其他规则明显更省：每例低 ${by} ± ${error}。`,
      dearer: (by, error) => `换用其他规则明显更贵：每例高 ${by} ± ${error}。`,
      unclear: (by, error) => `哪种更省尚不明确：每例相差 ${by} ± ${error}。`,
    },
    same: '两种规则在每个案例中的做法都相同。',
    tooFew: (effective, needed) =>
      `凭现有记录无法判断：两者不同之处需要 ${needed} 次有效抽查，现有 ${effective} 次。`,
    rough: (effective, needed) => `凭现有记录难以判断：有效抽查 ${effective} 次，不足 ${needed} 次。`,
  },
}
