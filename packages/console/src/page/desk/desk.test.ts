import assert from 'node:assert/strict'
import test from 'node:test'
import { setImmediate as settle } from 'node:timers/promises'
import type { Problem } from '@consort/protocol/browser'
import type { KeyStore } from '../key-store.ts'
import type { Reply, Review, Reviews } from '../reviews.ts'
import { Desk } from './desk.ts'
import { neighbourOf } from './desk-state.ts'

const classes = ['absent', 'present']
const caseId = (index: number): Review['id'] => `cas_${String(index).padStart(16, '0')}`

const told = { among: [], reason: 'below-threshold' as const, threshold: 0.9, partner: null }

const waitingCase = (index: number): Review => ({
  id: caseId(index),
  agent: 'triage',
  dataset: 'heart',
  state: 'deferred',
  asked: '2026-01-02T12:00:00Z',
  record: { kind: 'row', cells: { age: 61 } },
  classes,
  firstAnswer: null,
  finalAnswer: null,
  suggestion: null,
})

const similarRecord = {
  record: { kind: 'row' as const, cells: { age: 60 } },
  label: 'present',
  distance: 0.2,
}

const refusal = (status: number): Problem => ({
  type: 'urn:consort:refusal:x',
  status,
  code: 'state-conflict',
  detail: 'No.',
})

/** A node in memory, with a switch for its cable and a hand on the clock. */
function openFixture(cases: Review[], key: string | null = 'ck_1') {
  const node = {
    cases,
    away: false,
    posts: [] as string[],
    refuseWith: null as Problem | null,
    refuseAnswersWith: null as Problem | null,
    nearestAsked: [] as string[],
    refuseNearestWith: null as Problem | null,
  }
  const open = (): Review[] => node.cases.filter(({ state }) => state === 'deferred')
  const reply = <T>(make: () => T | Problem): Promise<Reply<T>> => {
    if (node.away) return Promise.resolve({ kind: 'away', problem: null })
    const value = node.refuseWith ?? make()
    const isRefused = typeof value === 'object' && value !== null && 'code' in value
    return Promise.resolve(
      isRefused ? { kind: 'refused', problem: value } : { kind: 'ok', value: value as T },
    )
  }
  const reviews: Reviews = {
    list: () =>
      reply(() => ({ open: open().map(({ id }) => id), answered: node.cases.length - open().length })),
    get: id => reply(() => node.cases.find(one => one.id === id) ?? refusal(404)),
    nearest: id =>
      reply(() => {
        node.nearestAsked.push(id)
        return node.refuseNearestWith ?? { examples: [similarRecord] }
      }),
    answer: (id, { stage, class: name }) =>
      reply(() => {
        const index = node.cases.findIndex(one => one.id === id)
        const found = node.cases[index]!
        if (node.refuseAnswersWith !== null) return node.refuseAnswersWith
        if (found.state === 'answered') return refusal(409)
        node.posts.push(`${stage} ${name}`)
        const suggestion = { class: 'present', confidence: 0.7, because: [], ...told }
        const after: Review =
          stage === 'first'
            ? { ...found, firstAnswer: name, suggestion }
            : { ...found, finalAnswer: name, state: 'answered' }
        node.cases[index] = after
        return after
      }),
  }
  const sleepers = new Set<() => void>()
  const sleep = (_ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      sleepers.add(resolve)
      signal.addEventListener('abort', () => reject(signal.reason))
    })
  let kept = key
  const keys: KeyStore = {
    read: () => kept,
    keep: value => {
      kept = value
    },
    forget: () => {
      kept = null
    },
  }
  const desk = new Desk({ keys, openReviews: () => reviews, sleep })
  /** Lets every timer ring once. */
  const pass = async (): Promise<void> => {
    await settle()
    for (const wake of sleepers) wake()
    sleepers.clear()
    await settle()
  }
  const shown = () => {
    const { screen } = desk.state()
    assert.equal(screen.name, 'case')
    return screen as Extract<typeof screen, { name: 'case' }>
  }
  return { desk, node, pass, shown, keptKey: () => kept }
}

test('a case goes from the first answer to the final one, then the next comes', async () => {
  const { desk, node, shown } = openFixture([waitingCase(1), waitingCase(2)])
  desk.start()
  await settle()
  assert.equal(shown().review.id, caseId(1))
  desk.enter()
  assert.deepEqual(node.posts, [], 'Enter answers nothing while no class is marked')
  desk.choose('present')
  await settle()
  assert.equal(shown().review.suggestion?.class, 'present')
  desk.choose('absent')
  assert.deepEqual(node.posts, ['first present'], 'another class is only marked; Enter is what is final')
  desk.enter()
  await settle()
  assert.deepEqual(node.posts, ['first present', 'final absent'])
  assert.equal(shown().review.id, caseId(2))
  assert.deepEqual([desk.state().kept, desk.state().waiting, desk.state().answered], ['absent', 1, 1])
})

test('arrows mark and Enter answers', async () => {
  const { desk, node, shown } = openFixture([waitingCase(1)])
  desk.start()
  await settle()
  desk.move(-1)
  assert.equal(shown().marked, 'present')
  desk.move(1)
  assert.equal(shown().marked, 'absent')
  desk.enter()
  desk.enter()
  await settle()
  assert.deepEqual(node.posts, ['first absent'], 'the second Enter came while the first was under way')
})

test('a page that is opened again goes on where it was', async () => {
  const suggestion = { class: 'absent', confidence: 0.6, because: [], ...told }
  const half: Review = { ...waitingCase(1), firstAnswer: 'absent', suggestion }
  const { desk, shown } = openFixture([half])
  desk.start()
  await settle()
  assert.equal(shown().marked, 'absent')
})

test('what was answered while the node was away goes out when it is back', async () => {
  const { desk, node, pass, shown } = openFixture([waitingCase(1)])
  desk.start()
  await settle()
  node.away = true
  desk.choose('absent')
  await pass()
  assert.notEqual(desk.state().away, null)
  assert.deepEqual(shown().sending, { stage: 'first', class: 'absent' })
  node.away = false
  await pass()
  assert.equal(desk.state().away, null)
  assert.equal(shown().review.firstAnswer, 'absent')
})

test('a case that somebody else answered makes room, but only after a stroke', async () => {
  const { desk, node, pass, shown } = openFixture([waitingCase(1), waitingCase(2)])
  desk.start()
  await settle()
  node.cases[0] = { ...node.cases[0]!, state: 'answered', finalAnswer: 'absent' }
  await pass()
  assert.equal(desk.state().screen.name, 'closed')
  desk.choose('absent')
  assert.deepEqual(node.posts, [], 'a stroke meant for the old case does not answer the new one')
  desk.enter()
  await settle()
  assert.equal(shown().review.id, caseId(2))
  node.cases[1] = { ...node.cases[1]!, state: 'answered', finalAnswer: 'absent' }
  desk.choose('present')
  await settle()
  assert.equal(desk.state().screen.name, 'closed', 'the refusal of an answer says it too')
})

test('a case that somebody else has begun is left alone', async () => {
  const { desk, shown } = openFixture([{ ...waitingCase(1), firstAnswer: 'absent' }, waitingCase(2)])
  desk.start()
  await settle()
  assert.equal(shown().review.id, caseId(2))
})

test('an empty queue shows the next case by itself', async () => {
  const { desk, node, pass, shown } = openFixture([])
  desk.start()
  await settle()
  assert.equal(desk.state().screen.name, 'empty')
  node.cases.push(waitingCase(3))
  await pass()
  assert.equal(shown().review.id, caseId(3))
})

test('a refused key is forgotten and asked for again', async () => {
  const { desk, node, keptKey } = openFixture([waitingCase(1)])
  node.refuseWith = refusal(401)
  desk.start()
  await settle()
  const { screen } = desk.state()
  assert.equal(screen.name === 'sign-in' && screen.refused?.status, 401)
  assert.equal(keptKey(), null)
  node.refuseWith = null
  desk.signIn('ck_2')
  await settle()
  assert.equal(desk.state().screen.name, 'case')
})

test('without a key the page asks for one', () => {
  const { desk } = openFixture([], null)
  desk.start()
  assert.equal(desk.state().screen.name, 'sign-in')
})

test('an answer that the node does not take can be given again', async () => {
  const { desk, node, shown } = openFixture([waitingCase(1)])
  desk.start()
  await settle()
  node.refuseAnswersWith = refusal(422)
  desk.choose('absent')
  await settle()
  assert.equal(shown().refused?.status, 422)
  node.refuseAnswersWith = null
  desk.choose('absent')
  await settle()
  assert.deepEqual([shown().refused, shown().review.firstAnswer], [null, 'absent'])
})

test('marks go round the ends', () => {
  assert.equal(neighbourOf(classes, null, 1), 'absent')
  assert.equal(neighbourOf(classes, null, -1), 'present')
  assert.equal(neighbourOf(classes, 'present', 1), 'absent')
})

test('similar cases are not asked for before the first answer, nor before they are opened; opening decides nothing', async () => {
  const { desk, node, shown } = openFixture([waitingCase(1), waitingCase(2)])
  desk.start()
  await settle()
  desk.toggleSimilar()
  await settle()
  assert.deepEqual([shown().similar, node.nearestAsked], [{ kind: 'closed' }, []], 'blind first')
  desk.choose('present')
  await settle()
  assert.deepEqual([shown().similar, node.nearestAsked], [{ kind: 'closed' }, []], 'closed at first')
  desk.toggleSimilar()
  assert.equal(shown().similar.kind, 'opening')
  await settle()
  assert.deepEqual(shown().similar, { kind: 'open', examples: [similarRecord] })
  desk.choose('absent')
  assert.equal(shown().similar.kind, 'open', 'they stay open while the expert thinks')
  desk.toggleSimilar()
  assert.deepEqual([shown().similar.kind, shown().marked], ['closed', 'absent'])
  assert.deepEqual(node.posts, ['first present'])
  desk.enter()
  await settle()
  assert.deepEqual([shown().review.id, shown().similar.kind], [caseId(2), 'closed'])
})

test('similar cases that are closed before they have come stay closed; a refusal of them leaves the case as it was', async () => {
  const { desk, node, shown } = openFixture([waitingCase(1)])
  desk.start()
  await settle()
  desk.choose('present')
  await settle()
  desk.toggleSimilar()
  desk.toggleSimilar()
  await settle()
  assert.deepEqual([shown().similar.kind, node.nearestAsked.length], ['closed', 1])
  node.refuseNearestWith = refusal(409)
  desk.toggleSimilar()
  await settle()
  assert.deepEqual(shown().similar, { kind: 'refused', problem: refusal(409) })
  assert.deepEqual([shown().refused, shown().marked], [null, 'present'])
  desk.enter()
  await settle()
  assert.deepEqual(node.posts, ['first present', 'final present'])
})
