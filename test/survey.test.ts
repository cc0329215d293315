import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import test from 'node:test'
import { answerSurvey, packedBytes, ringBits } from '@consort/privacy'
import { type Caller, hubEndpoints, nodeEndpoints, type SurveyView } from '@consort/protocol'
import { canariesIn, filesBelow, type Searched } from '../examples/pilot/canary-search.ts'
import { watchAnsweredCalls } from './answered-calls.ts'
import { setPolicy } from './guarded-network.ts'
import { openSlowClock } from './moved-clock.ts'
import type { Network } from './network.ts'
import {
  ask,
  awaitSurvey,
  categories,
  forbidSurveys,
  muteSurvey,
  openSurveyed,
  partners,
  type Row,
  recordsOf,
  register,
  start,
  surveyTerms,
} from './survey-network.ts'

const moments = { kind: 'moments', field: 'x', min: 0, max: 4096, steps: 4096 } as const
const edges = [0, 512, 1024, 2048, 3072, 4096]
const exact = [moments, { kind: 'histogram', field: 'x', edges } as const]

function pooledOf(names: readonly string[]): Row[] {
  return names.flatMap(name => recordsOf(name))
}

/** What the answers have to be, to the last bit but for the order of additions. */
function assertPooled(view: SurveyView, names: readonly string[]): void {
  assert.equal(view.state, 'done', view.reason)
  assert.deepEqual(view.members, names)
  const values = pooledOf(names).map(({ x }) => x)
  const mean = values.reduce((sum, x) => sum + x, 0) / values.length
  const variance = values.reduce((sum, x) => sum + x * x, 0) / values.length - mean ** 2
  const [told, histogram] = view.answers
  assert.ok(told?.kind === 'moments' && histogram?.kind === 'histogram')
  assert.deepEqual([told.count, told.clipped, told.mean], [values.length, 0, mean])
  assert.ok(Math.abs(told.deviation ** 2 / variance - 1) < 1e-9)
  const counts = edges.slice(1).map((high, bin) => {
    const isIn = (x: number): boolean => x >= edges[bin]! && (x < high || high === 4096)
    return values.filter(isIn).length
  })
  assert.deepEqual([histogram.edges, histogram.counts], [edges, counts])
  const sorted = values.toSorted((a, b) => a - b)
  for (const { share, low, high } of histogram.quantiles) {
    const truth = sorted[Math.ceil(share * sorted.length) - 1]!
    assert.ok(truth >= low && truth <= high, `${share}: ${truth}`)
  }
}

/** For steps that the test lets pass, once it knows what the hub has been told. */
const stepWithinSeconds = 50

function unhurried() {
  const clock = openSlowClock()
  const { taken, wrapCaller } = watchAnsweredCalls()
  return { clock, taken, parts: { hubParts: { now: clock.now }, nodeParts: { wrapCaller } } }
}

const refusalsOf = ({ refusals }: SurveyView) => refusals.map(({ name, code }) => `${name}: ${code}`)

/** Its exact sums, and 16 bytes of its answers as they would lie in the masked vector without the masks. */
function ownNumbers(view: SurveyView, name: string): { canaries: string[]; bare: Buffer } {
  const rows = recordsOf(name)
  const digits = answerSurvey(view.survey, {
    columnOf: field => rows.map(row => row[field as keyof Row]),
    noise: () => 0,
    partners: partners.length,
  })
  const bits = ringBits(partners.length)
  const packed = digits.reduceRight((all, digit) => (all << BigInt(bits)) | BigInt(digit), 0n)
  const bytes = packedBytes(digits.length, bits)
  const bare = Buffer.from(packed.toString(16).padStart(2 * bytes, '0'), 'hex').reverse()
  const sums = [1, 2].map(power => String(rows.reduce((sum, { x }) => sum + x ** power, 0)))
  return { canaries: sums, bare }
}

function searchFor(view: SurveyView, where: readonly Searched[]): string[] {
  return partners.flatMap(name => {
    const { canaries, bare } = ownNumbers(view, name)
    const asBits = where.filter(({ bytes }) => bytes.includes(bare.subarray(0, 16)))
    return [...canariesIn(where, canaries), ...asBits.map(place => `answers of ${name} in ${place.name}`)]
  })
}

test('the sum says of all records what the pooled records say; the hub sees no partner’s own numbers', async () => {
  const traffic: Buffer[] = []
  const { parts } = unhurried()
  await using network = await openSurveyed(['plane', 'space'], {
    link: { onSent: bytes => traffic.push(bytes) },
    ...parts,
  })
  const view = await ask(network, 'plane', { questions: exact })
  assertPooled(view, partners)
  assert.deepEqual(refusalsOf(view), [])
  const places = (): Searched[] => [
    { name: 'traffic', bytes: Buffer.concat(traffic) },
    ...filesBelow(join(network.directory, 'hub')),
  ]
  assert.ok(places()[0]!.bytes.length > 10_000)
  assert.deepEqual(searchFor(view, places()), [])

  const scalesOf = (dataset: string) => network.operator(hubEndpoints.getScales, { params: { dataset } })
  const [told] = view.answers
  assert.ok(told?.kind === 'moments')
  const { count, mean, deviation } = told
  const fields = [{ field: 'x', count, mean, deviation }]
  assert.deepEqual(await scalesOf('plane'), { partners, fields, survey: view.id })
  assert.deepEqual(await scalesOf('space'), { partners: [], fields: [], survey: null })

  // Masks off: the very same search finds what one partner sends.
  await network.stopNode('d')
  await network.startNode('d', {
    wrapCaller: call =>
      (async (endpoint, input, options) => {
        const isInput = (endpoint as unknown) === hubEndpoints.putSurveyInput
        const leaky = isInput ? { ...(input as object), body: ownNumbers(view, 'd').bare } : input
        return await call(endpoint, leaky as never, options)
      }) as Caller,
  })
  const asked = await start(network, 'space', { questions: exact, stepWithinSeconds })
  // The hub refuses what d sends, d stays out, and the sum goes on without it: no deadline passes.
  const leaking = await awaitSurvey(network, asked)
  assert.deepEqual(leaking.members, ['a', 'b', 'c'])
  assert.ok(searchFor(view, places()).includes('answers of d in traffic'))
})

test('one of four may drop out or stay out, and says so; then it is out of all surveys of these records', async () => {
  const { clock, taken, parts } = unhurried()
  await using network = await openSurveyed(['plane', 'space', 'globe'], parts)
  await network.stopNode('d')
  await network.startNode('d', { wrapCaller: muteSurvey('masked-input') })
  const asked = await start(network, 'plane', { questions: exact, stepWithinSeconds })
  await taken('masked-input', 3)
  clock.pass(stepWithinSeconds)
  assertPooled(await awaitSurvey(network, asked), ['a', 'b', 'c'])
  await network.stopNode('d')
  await network.startNode('d')
  const again = await ask(network, 'plane', { questions: exact })
  assert.equal(again.state, 'failed')
  assert.match(again.reason, /stays out \(policy-refused\)/)
  assert.ok(refusalsOf(again).length >= 2)

  forbidSurveys(network, 'd')
  const without = await ask(network, 'space', { questions: exact })
  assertPooled(without, ['a', 'b', 'c'])
  assert.deepEqual(refusalsOf(without), ['d: policy-refused'])
  forbidSurveys(network, 'c')
  const few = await ask(network, 'globe', { questions: exact })
  assert.equal(few.state, 'failed')
  assert.match(few.reason, /2 of 4 partners.*c stays out \(policy-refused\); d stays out/)
  assert.deepEqual(few.answers, [])
})

test('what starts again in the middle goes on; few new records and other bins are refused, many new records are not', async () => {
  await using network = await openSurveyed(['plane', 'space'])
  for (const [dataset, kind] of [
    ['plane', 'masked-input'],
    ['space', 'opened-shares'],
  ] as const) {
    const reached = Promise.withResolvers<void>()
    await network.stopNode('b')
    await network.startNode('b', { wrapCaller: muteSurvey(kind, reached.resolve) })
    const view = await start(network, dataset, { questions: exact })
    await reached.promise
    if (dataset === 'plane') await network.restartHub()
    await network.stopNode('b')
    await network.startNode('b')
    assertPooled(await awaitSurvey(network, view), partners)
  }

  const bins = { kind: 'histogram', field: 'x', edges: [0, 600, 4096] } as const
  const shifted = await ask(network, 'plane', { questions: [bins] })
  assert.equal(shifted.state, 'failed')
  assert.deepEqual(
    refusalsOf(shifted),
    partners.map(name => `${name}: policy-refused`),
  )
  await register(network, 'a', 'plane', recordsOf('a', 69))
  const close = await ask(network, 'plane', { questions: [moments] })
  assert.equal(close.state, 'failed')
  assert.ok(refusalsOf(close).includes('a: policy-refused'))
  await register(network, 'a', 'plane', recordsOf('a', 70))
  const grown = await ask(network, 'plane', { questions: [moments] })
  assert.equal(grown.state, 'done', grown.reason)
  const [told] = grown.answers
  assert.equal(told?.kind === 'moments' && told.count, pooledOf(partners).length + 10)
})

/** Shows a node its survey again, as often as it asks for work once the survey is over. */
function replaying(refused: () => void): (call: Caller) => Caller {
  let shown: unknown
  return call =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      if (which === hubEndpoints.refuseSurvey) {
        shown = undefined
        refused()
      }
      if (which === hubEndpoints.nextTask && shown) return { task: null, recipe: null, survey: shown }
      const answer = await call(endpoint, input as never, options)
      if (which === hubEndpoints.nextTask) shown = (answer as { survey: unknown }).survey
      return answer
    }) as Caller
}

/** What a node has set budget aside for. */
function releasesOf({ directory }: Network, name: string): unknown[] {
  using database = new DatabaseSync(join(directory, name, 'node.sqlite'), { readOnly: true })
  return database
    .prepare('select release from privacy_release')
    .all()
    .map(({ release }) => release)
}

test('the usual questions: rare things stay unsaid; budgets are charged once, and cover nothing exact', async () => {
  await using network = await openSurveyed(['plane', 'space'])
  const view = await ask(network, 'plane')
  assert.equal(view.state, 'done', view.reason)
  const byField = view.answers.map(({ kind, field, partners: told }) => `${kind} ${field} ${told}`)
  const numbers = ['moments x 4', 'histogram x 4', 'withheld y 2', 'withheld y 2']
  assert.deepEqual(byField, [...numbers, 'candidates sex 4', 'candidates state 4'])
  const rows = pooledOf(partners)
  for (const answer of view.answers) {
    if (answer.kind !== 'candidates') continue
    assert.equal(answer.released.length, 2)
    for (const { category, count } of answer.released) {
      assert.notEqual(category, 'rare')
      const truth = rows.filter(row => [row.sex, row.state].includes(category)).length
      // Four noises of scale 1 are 40 together once in 10^14.
      assert.ok(Math.abs(count - truth) < 40, `${category}: ${count}, not ${truth}`)
    }
  }

  const privacy = { budgets: [{ dataset: 'space', epsilon: 8 }] }
  setPolicy(network, 'a', privacy)
  const left = async (): Promise<number> => {
    const { budgets } = await network.callNode('a')(nodeEndpoints.showBudgets)
    return budgets.find(({ dataset }) => dataset === 'space')!.left
  }
  assert.equal(Math.round(await left()), 8)
  const refused = Promise.withResolvers<void>()
  await network.stopNode('a')
  await network.startNode('a', { wrapCaller: replaying(refused.resolve) })
  const charged = await ask(network, 'space', { questions: categories })
  assert.deepEqual([charged.state, charged.members], ['done', partners], charged.reason)
  await refused.promise // shown again
  assert.deepEqual(releasesOf(network, 'a'), [`${charged.id} 1`])
  const once = await left()
  assert.ok(once < 7, String(once)) // ε = 1 for each of two questions
  const told = await ask(network, 'space', { questions: exact })
  assert.ok(refusalsOf(told).includes('a: policy-refused'))
  assert.equal(await left(), once)
  setPolicy(network, 'a', { ...privacy, exempt: { statistics: 'Means were published long before.' } })
  assertPooled(await ask(network, 'space', { questions: exact }), partners)
  assert.equal(await left(), once)

  await assert.rejects(ask(network, 'void'), { code: 'not-allowed', message: /there are: nobody/ })
  await network.agree({ ...surveyTerms, statistics: false })
  await assert.rejects(ask(network, 'plane'), { code: 'agreement-refused' })
})
