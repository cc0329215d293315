import assert from 'node:assert/strict'
import { Refusal, type Text } from '@consort/protocol'
import { type Interval, pairedInterval, wilsonInterval } from './paired-difference.ts'

/** What a partner is advised to use: the shared model, the shared one fine-tuned at home, or its own. */
export type Recommendation = 'join' | 'personalise' | 'stay-out' | 'no-clear-difference'

export const recommendationTexts = {
  join: {
    en: 'Join: the shared model is clearly better here than your own, and fine-tuning it adds nothing clear.',
    zh: '建议加入：在本方数据上，共享模型明显优于自有模型；本地微调未带来明显提升。',
  },
  personalise: {
    en: 'Join and fine-tune: the shared model, fine-tuned on your own data, is clearly the better one here.',
    zh: '建议加入并在本地微调：在本方数据上，微调后的共享模型明显更好。',
  },
  'stay-out': {
    en: 'Keep your own model: the shared one is clearly worse here, and fine-tuning does not make it clearly better.',
    zh: '建议保留自有模型：在本方数据上，共享模型明显较差，微调后也未见明显优于自有模型。',
  },
  'no-clear-difference': {
    en: 'No clear difference: these records are too few, or the models too alike, to tell.',
    zh: '无明显差异：记录太少，或各模型过于接近，尚无法判断。',
  },
} as const satisfies Record<Recommendation, Text>

/** Whether each model was right on each of one partner's held-out records: three arrays over the same n records. */
export interface HeldOutResults {
  readonly own: readonly boolean[]
  readonly shared: readonly boolean[]
  /** Of the shared model after fine-tuning on the partner's training records. */
  readonly fineTuned: readonly boolean[]
}

export interface Estimate extends Interval {
  readonly value: number
}

export interface Gains {
  readonly records: number
  /** Shares of records judged right, with Wilson's 95 % intervals. */
  readonly accuracy: Readonly<Record<keyof HeldOutResults, Estimate>>
  /** Differences of accuracy, with the intervals that decide. */
  readonly difference: Readonly<
    Record<'sharedOverOwn' | 'fineTunedOverOwn' | 'fineTunedOverShared', Estimate>
  >
  readonly recommendation: Recommendation
}

/** Normal quantiles of 97.5 % and 98.75 %: two-sided 95 %, and two of them that hold together with 95 %. */
const z95 = 1.959963984540054
const z95OfTwo = 2.241402727604945

/**
 * Who gains: compares a partner's own model with the shared one, as it is and fine-tuned, on records that none was
 * fitted to. A difference is clear when its interval leaves out 0.
 *
 * - `personalise`: shared is clearly better than own and fine-tuned clearly better still, or only fine-tuned is clearly
 *   better than own.
 * - `join`: else, where shared is clearly better than own.
 * - `stay-out`: else, where shared is clearly worse than own (nothing shown to gain, something to lose).
 * - `no-clear-difference`: else.
 *
 * With probability ≥ 95 % (up to the score test's approximation, see `pairedInterval`) no difference is called clear
 * that is none: the two with own have 97.5 % each (Bonferroni), and the third, asked only after one of these was clear,
 * 95 %: if it is null then both others are, or neither is (Shaffer 1986). Records are taken as independent: several of
 * one patient make the intervals too narrow. Throws `input-invalid` without records.
 */
export function whoGains({ own, shared, fineTuned }: HeldOutResults): Gains {
  const records = own.length
  assert.ok(shared.length === records && fineTuned.length === records)
  if (records === 0) {
    throw new Refusal('input-invalid', 'There is no held-out record to compare the models on', {
      hint: 'Keep a share of the records for testing.',
    })
  }
  const difference = {
    sharedOverOwn: differenceOf(shared, own, z95OfTwo),
    fineTunedOverOwn: differenceOf(fineTuned, own, z95OfTwo),
    fineTunedOverShared: differenceOf(fineTuned, shared, z95),
  }
  return {
    records,
    accuracy: { own: accuracyOf(own), shared: accuracyOf(shared), fineTuned: accuracyOf(fineTuned) },
    difference,
    recommendation: recommendationOf(difference),
  }
}

function recommendationOf({
  sharedOverOwn,
  fineTunedOverOwn,
  fineTunedOverShared,
}: Gains['difference']): Recommendation {
  const isSharedBetter = sharedOverOwn.low > 0
  const isFineTunedBetter = fineTunedOverOwn.low > 0
  if (isFineTunedBetter && !isSharedBetter) return 'personalise'
  if (isSharedBetter) return fineTunedOverShared.low > 0 ? 'personalise' : 'join'
  return sharedOverOwn.high < 0 ? 'stay-out' : 'no-clear-difference'
}

function accuracyOf(isRight: readonly boolean[]): Estimate {
  const [hits, count] = [isRight.filter(Boolean).length, isRight.length]
  return { value: hits / count, ...wilsonInterval({ hits, count }, z95) }
}

function differenceOf(first: readonly boolean[], second: readonly boolean[], z: number): Estimate {
  const onlyFirst = first.filter((isRight, index) => isRight && !second[index]).length
  const onlySecond = first.filter((isRight, index) => !isRight && second[index]).length
  const count = first.length
  const value = (onlyFirst - onlySecond) / count
  return { value, ...pairedInterval({ onlyFirst, onlySecond, count }, z) }
}
