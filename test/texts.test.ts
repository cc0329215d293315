import assert from 'node:assert/strict'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { after, before } from 'node:test'
import type { DataSourceInput } from '@consort/data'
import { createRandom, nodeEndpoints, parseRecipe, type RecipeInput } from '@consort/protocol'
import { holderOf, rarely, review } from './asking.ts'
import { type Network, openNetwork } from './network.ts'

const recipe = {
  recipe: 1,
  name: 'notes',
  dataset: 'notes',
  task: { kind: 'classification', classes: ['calm', 'urgent'] },
  input: { kind: 'text', tokenizer: { kind: 'hashed-words', buckets: 256 } },
  model: { kind: 'logistic' },
  optimiser: { kind: 'adam', learningRate: 0.1 },
  batchSize: 16,
  federation: { rounds: 3, localEpochs: 2 },
} as const satisfies RecipeInput

const planted = 'xylograph'
const random = createRandom(5)
const pick = (words: readonly string[]): string => words[random.integer(words.length)]!
const common = ['the', 'patient', 'came', 'today', planted, '复查', 'with', 'a', 'note']

/** Notes that are urgent where they say so. */
function notes(count: number): { note: string; state: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const isUrgent = index % 2 === 0
    const own = isUrgent ? pick(['bleeding', '急诊']) : pick(['fine', '稳定'])
    const note = [...Array.from({ length: 6 }, () => pick(common)), own, pick(common)].join(' ')
    return { note, state: isUrgent ? 'urgent' : 'calm' }
  })
}

let network: Network
before(async () => {
  network = await openNetwork()
  for (const name of ['a', 'b']) await network.join(name)
  await network.signRoster()
  const [one, other] = [join(network.directory, 'a.jsonl'), join(network.directory, 'b.csv')]
  writeFileSync(
    one,
    notes(150)
      .map(line => JSON.stringify({ ...line, messages: [{ role: 'nurse', content: line.note }] }))
      .join('\n'),
  )
  writeFileSync(
    other,
    `wer,text,state\n${notes(80)
      .map(({ note, state }) => `x,${note},${state}`)
      .join('\n')}\n`,
  )
  const sources = {
    a: { kind: 'jsonl', path: one, text: ['messages'], label: 'state' },
    b: { kind: 'csv-text', path: other, text: ['text'], label: 'state' },
  } satisfies Record<string, DataSourceInput>
  for (const name of ['a', 'b'] as const)
    await network.addDataset(name, { dataset: 'notes', source: sources[name], validation: 0.2 })
})
after(() => network[Symbol.asyncDispose]())

test('partners whose files have other forms and columns train on their texts, and an agent answers about one', async t => {
  const run = await network.awaitRun(await network.startRun(parseRecipe(recipe)))
  assert.equal(run.phase, 'done', run.reason ?? '')
  const told = run.history.at(-1)!.evaluations.map(({ metrics }) => metrics!.values.accuracy!)
  for (const accuracy of told) assert.ok(accuracy > 0.9, String(told))

  const operator = network.callNode('a')
  const body = { version: run.result!, dataset: 'notes', alpha: 0.05, delta: 0.1, audit: rarely }
  const agent = await operator(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body })
  assert.equal(agent.gate.kind, 'closed', 'so few held-out notes promise nothing')
  const keys = await Promise.all(
    (['application', 'expert'] as const).map(holder =>
      operator(nodeEndpoints.createAccessKey, { body: { name: holder, holder } }),
    ),
  )
  const [application, expert] = keys.map(({ key }) => holderOf(network, 'a', key))
  const record = { kind: 'text', text: `The patient came bleeding, ${planted} <b>today</b>` } as const
  const asked = { record, idempotencyKey: crypto.randomUUID() }
  const { id } = await application!(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body: asked })

  await t.test('the words that moved it are told after the blind answer', async () => {
    const params = { case: id }
    const blind = await expert!(nodeEndpoints.getReview, { params })
    assert.deepEqual([blind.record, blind.suggestion], [record, null])
    const first = await expert!(nodeEndpoints.answerReview, {
      params,
      body: { stage: 'first', class: 'urgent' },
    })
    const { suggestion } = first
    assert.equal(suggestion?.class, 'urgent')
    assert.match(suggestion.because[0]!.field, /\bbleeding\b/)
    assert.ok(suggestion.because[0]!.change > 0)
    const { examples } = await expert!(nodeEndpoints.listNearest, { params })
    assert.ok(examples.length > 0 && examples.every(({ record }) => record.kind === 'text'))
    await expert!(nodeEndpoints.answerReview, { params, body: { stage: 'final', class: 'urgent' } })
    const { answer } = await application!(nodeEndpoints.getCase, { params, query: {} })
    assert.equal(answer?.class, 'urgent')
  })
  await t.test('answered cases join the texts, and the next run trains on them', async () => {
    const card = async () => (await operator(nodeEndpoints.listDatasets)).datasets[0]!.card
    const before = await card()
    for (const word of ['bleeding', 'fine', '急诊', '稳定', 'today', 'note'].flatMap(word => [
      word,
      `${word} a`,
    ])) {
      const record = { kind: 'text', text: `came ${word}` } as const
      const body = { record, idempotencyKey: crypto.randomUUID() }
      const { id } = await application!(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body })
      await review(expert!, id, word === 'fine' ? 'calm' : 'urgent')
    }
    assert.ok((await card()).trainExamples > before.trainExamples)
    const run = await network.awaitRun(await network.startRun(parseRecipe({ ...recipe, name: 'again' })))
    assert.equal(run.phase, 'done', run.reason ?? '')
  })
  await t.test('no note is in what the hub has on its disk', () => {
    const hub = join(network.directory, 'hub')
    const found = readdirSync(hub, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .filter(entry => readFileSync(join(entry.parentPath, entry.name)).includes(planted))
    assert.deepEqual(found, [])
  })
  await t.test('a question that is no text is refused with its place', async () => {
    const wrong = [
      { kind: 'row', cells: { note: 'x' } },
      { kind: 'text', text: 'a\0b' },
      { kind: 'text', text: 'x'.repeat(200_001) },
    ] as const
    for (const record of wrong) {
      const body = { record, idempotencyKey: crypto.randomUUID() }
      await assert.rejects(application!(nodeEndpoints.askAgent, { params: { agent: 'triage' }, body }), {
        path: /^(body\.)?record\.(kind|text)/,
      })
    }
  })
})
