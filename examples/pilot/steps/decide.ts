import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { AgentReport, AgentValue, CaseOrigin, CaseView } from '@consort/protocol'
import type { Pilot, Step } from '../pilot.ts'
import type { Site } from '../setting/site.ts'
import { until } from '../until.ts'
import { callNode } from './serve.ts'

const expert = fileURLToPath(new URL('../inside/expert.ts', import.meta.url))

export const decide: Step = {
  title: 'Decide: a physician answers what was deferred, blind first, by keyboard',
  async run(pilot) {
    const { hospitals, say, cases, scenario } = pilot
    const site = hospitals.get('cleveland')!
    const deferred = cases.filter(({ state }) => state === 'deferred')
    const key = await site.consort<{ key: string; link: string }>(
      'key',
      'create',
      'physician',
      '--for',
      'expert',
    )
    pilot.expertKey = key.key
    const { body: queue } = await callNode<{ open: string[] }>(site, {
      key: key.key,
      method: 'GET',
      path: '/v1/reviews',
    })
    const waiting = queue.open.map(open => cases.find(({ id }) => id === open)!)
    const audited = waiting.filter(({ state }) => state === 'answered')
    assert.deepEqual(new Set(waiting), new Set([...deferred, ...audited]))
    const keys = waiting.map(({ truth }) => String(1 + scenario.classes.indexOf(truth)))
    const how = existsSync('/usr/bin/chromium')
      ? await inBrowser(site, key.link, keys)
      : await byApi(site, key, waiting)
    say(how)
    for (const { id, truth, class: said } of waiting) {
      const { case: view, reviews } = await site.consort<CaseOrigin>('explain', id)
      assert.deepEqual(view.answer, { class: truth, by: said === truth ? 'agent' : 'expert' })
      assert.deepEqual(
        reviews.map(({ stage }) => stage),
        ['first', 'final'],
      )
      assert.equal(reviews[0]!.by, 'physician')
    }
    await reportOn(pilot, { deferred: deferred.length, audited: audited.length })
    await askWhatIf(pilot)
    await checkWebhooks(pilot, deferred)
    await refuseClosed(pilot, deferred[0]!)
  },
}

async function inBrowser(site: Site, link: string, keys: readonly string[]): Promise<string> {
  const input = JSON.stringify({ link, keys, picture: site.file('review.png') })
  const { out, err } = await site.run([process.execPath, '--conditions=source', expert], input)
  assert.ok(out !== '', err)
  const { answered, early, reasons } = JSON.parse(out) as {
    answered: number
    early: number
    reasons: string[]
  }
  assert.deepEqual([answered, early], [keys.length, 0], 'no suggestion before the first answer')
  assert.equal(new Set(reasons).size, 3, 'three fields explain the suggestion')
  return `${answered} cases answered in Chromium; the first was explained by ${reasons.join(', ')} and is pictured in ${site.file('review.png')}`
}

async function byApi(site: Site, { key }: { key: string }, cases: Pilot['cases']): Promise<string> {
  for (const { id, truth } of cases) {
    for (const stage of ['first', 'final']) await answer(site, { key, id, stage, truth })
  }
  return `${cases.length} cases answered over HTTP (there is no Chromium here)`
}

/** The ward was told of every answer, by messages that only this node can have signed (Standard Webhooks). */
async function checkWebhooks(
  { deliveries, webhookSecret, say, caught }: Pilot,
  deferred: readonly Pilot['cases'][number][],
): Promise<void> {
  const ids = deferred.map(({ id }) => id)
  const received = () => deliveries.map(line => JSON.parse(line)).filter(({ lost }) => lost === undefined)
  const told = (): Set<string> => new Set(received().map(({ body }) => JSON.parse(body).data.id as string))
  await until(async () => (ids.every(id => told().has(id)) ? true : undefined), 60_000, 'all webhooks')
  const secret = Buffer.from(webhookSecret.replace(/^whsec_/, ''), 'base64')
  for (const { headers, body } of received()) {
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', secret).update(signed).digest('base64')
    assert.ok(headers['webhook-signature'].split(' ').includes(`v1,${signature}`))
  }
  say(`The ward was told of all ${ids.length} answers by signed webhooks.`)
  const { lost } = JSON.parse(deliveries[0]!)
  assert.ok(received().some(({ headers }) => headers['webhook-id'] === lost))
  caught('a lost webhook', 'the first message was lost, and came again')
}

async function refuseClosed(
  { hospitals, expertKey, caught, scenario }: Pilot,
  closed: Pilot['cases'][number],
): Promise<void> {
  const site = hospitals.get('cleveland')!
  const other = scenario.classes.find(name => name !== closed.truth)!
  const refusals = {
    'a judgement that is no class': ['maybe', 'class-unknown'],
    'an answer to a closed case': [other, 'state-conflict'],
  } as const
  for (const [what, [said, code]] of Object.entries(refusals)) {
    const asked = { key: expertKey, id: closed.id, stage: 'final', truth: said }
    const { body } = await answer(site, asked)
    assert.equal(body.code, code, what)
    caught(what, body.detail!)
  }
}

async function answer(
  site: Site,
  { key, id, stage, truth }: { key: string; id: string; stage: string; truth: string },
): Promise<{ status: number; body: CaseView & { code?: string; detail?: string } }> {
  const path = `/v1/reviews/${id}/answers`
  return await callNode(site, { key, method: 'POST', path, body: { stage, class: truth } })
}

/** What the log tells of an agent to whom a wrong answer is ten times as dear. */
async function askWhatIf({ hospitals, scenario, cases, say }: Pilot): Promise<void> {
  const site = hospitals.get('cleveland')!
  const ask = (...options: string[]) =>
    site.consort<AgentValue>('agent', 'value', scenario.schema.dataset, ...options)
  const { now: asItIs } = await ask()
  const dear = 10 * asItIs.costs.error
  const { now, instead, difference, cases: valued, judgedBy } = await ask('--error', `${dear}`)
  assert.deepEqual([valued, judgedBy.error], [cases.length, dear])
  assert.ok(instead!.answered <= now.answered, 'what is dearer is dared less often')
  say(
    `Were a wrong answer ten times as dear, it would answer ${(100 * instead!.answered).toFixed(0)} % alone; cheaper than now? ${difference!.verdict}.`,
  )
}

/** What the agent answered, how often it was wrong as far as spot checks say, and what that took. */
async function reportOn(
  { hospitals, scenario, cases, say }: Pilot,
  labelled: { deferred: number; audited: number },
): Promise<void> {
  const site = hospitals.get('cleveland')!
  const report = await site.consort<AgentReport>('agent', 'report', scenario.schema.dataset)
  const { asked, answered, coverage, risk, labels, gate } = report
  const alone = cases.filter(({ state }) => state === 'answered').length
  assert.deepEqual([asked, answered], [cases.length, alone])
  assert.deepEqual(
    [labels.deferred, labels.audited, labels.awaited],
    [labelled.deferred, labelled.audited, 0],
  )
  const wrong =
    risk === null
      ? 'no spot check says how many wrongly'
      : `${(100 * risk.estimate).toFixed(0)} % of them wrongly by ${risk.audited} spot checks`
  say(
    `Answered alone: ${(100 * coverage!).toFixed(0)} %, ${wrong}; labels spent: ${labels.heldOut} held out, ${labels.deferred} deferred, ${labels.audited} of spot checks.`,
  )
  say(
    gate.kind === 'open'
      ? `With the physician's labels the gate is open from ${gate.threshold.toFixed(3)} on.`
      : `The gate needs ${gate.labelsNeeded} more labels.`,
  )
}
