import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { type Caller, type CaseView, createCaller, type Id, nodeEndpoints } from '@consort/protocol'
import { type Asking, joinPartners, putTriage, trainModel, unsure } from '../asking.ts'
import { type Network, openNetwork } from '../network.ts'

const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

interface NodeProcess {
  readonly url: string
  readonly child: ChildProcess
}

/** Node a as the process that its owner would start. */
async function startProcess(network: Network): Promise<NodeProcess> {
  const { dataPath } = network.nodeConfig('a')
  const ready = join(dataPath, 'node.json')
  rmSync(ready, { force: true })
  const child = spawn(
    process.execPath,
    ['--conditions=source', program, 'partner', 'start', '--data', dataPath],
    { stdio: 'ignore', env: { ...process.env, CONSORT_LOG: 'silent' } },
  )
  while (!existsSync(ready) || readFileSync(ready, 'utf8') === '') await sleep(20)
  return { url: JSON.parse(readFileSync(ready, 'utf8')).url, child }
}

async function end({ child }: NodeProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

function callerWith({ url }: NodeProcess, key: string): Caller {
  const authorization = `Bearer ${key}`
  return createCaller({
    base: url,
    fetch: (to, init) => fetch(to, { ...init, headers: { ...init.headers, authorization } } as RequestInit),
    nowMs: Date.now,
  })
}

const rowsAtOnce = 100

/** Cases that wait, many with one request; their ids. */
async function askMany({ url }: NodeProcess, key: string, count: number): Promise<string[]> {
  const ids: string[] = []
  while (ids.length < count) {
    const column = (name: 'x' | 'y') => ({
      name,
      shape: [rowsAtOnce],
      datatype: 'FP64',
      data: Array.from({ length: rowsAtOnce }, () => unsure[name]),
    })
    const response = await fetch(`${url}/v2/models/triage/infer`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify({ inputs: [column('x'), column('y')] }),
    })
    assert.equal(response.status, 200)
    const { parameters } = (await response.json()) as { parameters: { case_id: string } }
    ids.push(...parameters.case_id.split(','))
  }
  return ids
}

async function allWaiting(call: Caller): Promise<CaseView[]> {
  const cases: CaseView[] = []
  for (let before: string | null = null; ; ) {
    const query: { state: 'deferred'; limit: number; before?: string } = {
      state: 'deferred',
      limit: 200,
      ...(before !== null && { before }),
    }
    const page = await call(nodeEndpoints.listCases, { query })
    cases.push(...page.cases)
    before = page.next
    if (before === null) return cases
  }
}

const askAgain = (call: Caller, idempotencyKey: string): Promise<CaseView> =>
  call(nodeEndpoints.askAgent, {
    params: { agent: 'triage' },
    body: { record: { kind: 'row', cells: unsure }, idempotencyKey },
  })

const callersAtOnce = 8

/**
 * Kills the node while callers ask one question after the other: every caller's last question was on its way. All
 * that were asked, and the cases of those that were answered in time.
 */
async function killWhileAsked(node: NodeProcess, asking: Asking) {
  const call = callerWith(node, asking.application.key)
  const asked: string[] = []
  const told = new Map<string, string>()
  const askUntilDead = async (caller: number): Promise<void> => {
    for (let turn = 0; ; turn++) {
      const key = `question-${caller}-${turn}`
      asked.push(key)
      try {
        told.set(key, (await askAgain(call, key)).id)
      } catch {
        return
      }
      if (told.size === 2 * callersAtOnce) node.child.kill('SIGKILL')
    }
  }
  await Promise.all(Array.from({ length: callersAtOnce }, (_, caller) => askUntilDead(caller)))
  await end(node, 'SIGKILL')
  return { asked, told }
}

test('a node that is killed with a thousand cases waiting has lost none, and none is answered twice', async () => {
  await using network = await openNetwork()
  await joinPartners(network)
  // So few errors are allowed that nothing unsure is answered, whichever records the split holds back.
  const asking = await putTriage(network, await trainModel(network), { alpha: 0.01 })
  await network.stopNode('a')
  let node = await startProcess(network)
  try {
    const many = await askMany(node, asking.application.key, 1000)
    const begun = {
      params: { case: many[0]! as Id<'case'> },
      body: { stage: 'first', class: 'ill' },
    } as const
    await callerWith(node, asking.expert.key)(nodeEndpoints.answerReview, begun)
    const { asked: keys, told } = await killWhileAsked(node, asking)
    assert.equal(
      keys.length - told.size,
      callersAtOnce,
      'every caller waits for one answer when the node dies',
    )
    assert.ok(told.size >= 2 * callersAtOnce)

    node = await startProcess(network)
    const [application, expert] = [asking.application, asking.expert].map(({ key }) => callerWith(node, key))
    const again = await Promise.all(keys.map(key => askAgain(application!, key)))
    for (const [key, id] of told) assert.equal(again[keys.indexOf(key)]!.id, id)
    const waiting = (await allWaiting(application!)).map(({ id }) => id as string)
    assert.deepEqual(waiting.toSorted(), [...many, ...again.map(({ id }) => id)].toSorted())

    const final = { ...begun, body: { stage: 'final', class: 'ill' } } as const
    const closed = await Promise.all([1, 2, 3].map(() => expert!(nodeEndpoints.answerReview, final)))
    assert.deepEqual(new Set(closed.map(({ finalAnswer }) => finalAnswer)), new Set(['ill']))
    const other = { ...begun, body: { stage: 'final', class: 'well' } } as const
    await assert.rejects(expert!(nodeEndpoints.answerReview, other), { code: 'state-conflict' })
    const seen = await application!(nodeEndpoints.getCase, { params: begun.params, query: {} })
    assert.deepEqual([seen.answer, seen.revision], [{ class: 'ill', by: 'expert' }, 2])
  } finally {
    await end(node, 'SIGTERM')
  }
})
