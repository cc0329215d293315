import { Refusal } from '@consort/protocol'
import type { AnyExamples, TokenRows } from '@consort/records'
import { Tensor } from 'onnxruntime-node'
import type { TokenGroup } from '../../training/token-groups.ts'
import { stepNames } from '../../training/training-graph.ts'
import { tokenNames } from './adapter-graph.ts'
import type { AdapterPlan } from './adapter-plan.ts'

export interface TokenFeeds {
  /** How many places an example takes. */
  lengthOf(index: number): number
  /** How much it weighs in the loss: 1, what its class weighs, or how many of its tokens are learnt. */
  weightOf(index: number): number
  /** Its tokens, and what else the network looks at. */
  inputs(group: TokenGroup): Record<string, Tensor>
  /** What is to be learnt; the weights of a whole batch add up to `total`. */
  targets(group: TokenGroup, total: number): Record<string, Tensor>
}

export interface TokenExamples extends Pick<AnyExamples, 'labels'> {
  readonly inputs: TokenRows
}

/** Sequences of tokens as graphs are fed with them. Throws `data-unreadable` for those that do not fit the base. */
export function createTokenFeeds(
  plan: AdapterPlan,
  { inputs: rows, labels }: TokenExamples,
  classWeights?: readonly number[],
): TokenFeeds {
  checkTokens(plan, rows)
  const { pooling } = plan
  const places = placesOf(rows, pooling === null)
  const weightOf = (index: number): number =>
    pooling === null ? places.learnt(index) : (classWeights?.[labels[index]!] ?? 1)
  return {
    lengthOf: places.lengthOf,
    weightOf,
    inputs: group => ({
      [tokenNames.ids]: tokens(group, (index, place) => places.tokenAt(index, place, 0)),
      ...(pooling && {
        [tokenNames.pool]: floats(group, (index, place) => shareOf[pooling](place, places.lengthOf(index))),
      }),
      ...(plan.network.looksAhead && {
        [tokenNames.keep]: floats(group, (index, place) => (place < places.lengthOf(index) ? 1 : 0)),
      }),
    }),
    targets(group, total) {
      const { indices, length } = group
      if (pooling === null) {
        const weights = floats(group, (index, place) => (places.isLearnt(index, place) ? 1 / total : 0))
        return {
          [stepNames.labels]: tokens(group, (index, place) => places.tokenAt(index, place, 1)),
          [stepNames.weights]: weights.reshape([indices.length, length, 1]),
        }
      }
      const classes = Int32Array.from(indices, index => labels[index]!)
      const weights = Float32Array.from(indices, index => weightOf(index) / total)
      return {
        [stepNames.labels]: new Tensor('int32', classes, [indices.length, 1]),
        [stepNames.weights]: new Tensor('float32', weights, [indices.length, 1]),
      }
    },
  }
}

/** How much of a text's vector the token at `place` of `length` makes. */
const shareOf = {
  mean: (place: number, length: number) => (place < length ? 1 / length : 0),
  first: (place: number) => (place === 0 ? 1 : 0),
  last: (place: number, length: number) => (place === length - 1 ? 1 : 0),
}

/** The places of each example; where the next token is learnt, a text's last has none. */
function placesOf({ starts, ids, learnt }: TokenRows, isNextToken: boolean) {
  const lengthOf = (index: number): number => starts[index + 1]! - starts[index]! - (isNextToken ? 1 : 0)
  const isLearnt = (index: number, place: number): boolean =>
    place < lengthOf(index) && (learnt?.[starts[index]! + place + 1] ?? 1) === 1
  return {
    lengthOf,
    isLearnt,
    tokenAt: (index: number, place: number, shift: number): bigint =>
      place < lengthOf(index) ? BigInt(ids[starts[index]! + place + shift]!) : 0n,
    learnt(index: number): number {
      let count = 0
      for (let place = 0; place < lengthOf(index); place++) if (isLearnt(index, place)) count += 1
      return count
    },
  }
}

function floats({ length, indices }: TokenGroup, of: (index: number, place: number) => number): Tensor {
  const values = new Float32Array(indices.length * length)
  for (let at = 0; at < values.length; at++) values[at] = of(indices[Math.floor(at / length)]!, at % length)
  return new Tensor('float32', values, [indices.length, length])
}

function tokens({ length, indices }: TokenGroup, of: (index: number, place: number) => bigint): Tensor {
  const values = new BigInt64Array(indices.length * length)
  for (let at = 0; at < values.length; at++) values[at] = of(indices[Math.floor(at / length)]!, at % length)
  return new Tensor('int64', values, [indices.length, length])
}

/** Tells which example does not fit, and never what it holds. */
function checkTokens({ spec, lengthMax, pooling }: AdapterPlan, { starts, ids }: TokenRows): void {
  const { name, config } = spec.base
  const [least, most] = pooling === null ? [2, lengthMax + 1] : [1, lengthMax]
  const refuse = (index: number, why: string): Refusal =>
    new Refusal('data-unreadable', `Example ${index + 1} ${why}`, {
      hint: `Make the tokens by the tokenizer of ${name}, cut to ${most}.`,
    })
  for (let index = 0; index + 1 < starts.length; index++) {
    const [from, to] = [starts[index]!, starts[index + 1]!]
    if (to - from < least || to - from > most)
      throw refuse(index, `has ${to - from} tokens, and may have ${least} to ${most}`)
    for (let at = from; at < to; at++) {
      if (ids[at]! >= 0 && ids[at]! < config.vocabulary) continue
      throw refuse(index, `has a token outside the ${config.vocabulary} of ${name}`)
    }
  }
}
