import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { CaseOrigin, CaseView } from '@consort/protocol'
import { type Pilot, type Step, until } from '../pilot.ts'
import type { Site } from '../setting/site.ts'

const expert = fileURLToPath(new URL('../inside/expert.ts', import.meta.url))

export const decide: Step = {
  title: 'Decide: a physician answers what was deferred, blind first, by keyboard',
  async run(pilot) {
    const { hospitals, say, cases } = pilot
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
    const keys = deferred.map(({ truth }) => (truth === 'absent' ? '1' : '2'))
    const how = existsSync('/usr/bin/chromium')
      ? await inBrowser(site, key.link, keys)
      : await byApi(site, key, deferred)
    say(how)
    for (const { id, truth } of deferred) {
      const { case: view, reviews } = await site.consort<CaseOrigin>('explain', id)
      assert.deepEqual(view.answer, { class: truth, by: 'expert' })
      assert.deepEqual(
        reviews.map(({ stage }) => stage),
        ['first', 'final'],
      )
      assert.equal(reviews[0]!.by, 'physician')
    }
    await checkWebhooks(pilot, deferred)
    await refuseClosed(pilot, deferred[0]!)
  },
}

async function inBrowser(site: Site, link: string, keys: readonly string[]): Promise<string> {
  const input = JSON.stringify({ link, keys, picture: site.file('review.png') })
  const { out, err } = await site.run([process.execPath, '--conditions=source', expert], input)
  assert.ok(out !== '', err)
  const { answered, early } = JSON.parse(out) as { answered: number; early: number }
  assert.deepEqual([answered, early], [keys.length, 0], 'no suggestion before the first answer')
  return `${answered} cases answered in Chromium; the first is pictured in ${site.file('review.png')}`
}

async function byApi(site: Site, { key }: { key: string }, cases: Pilot['cases']): Promise<string> {
  for (const { id, truth } of cases) {
    for (const stage of ['first', 'final']) await answer(site, { key, id, stage, truth })
  }
  return `${cases.length} cases answered over HTTP (there is no Chromium here)`
}

/** The ward was told of every answer, by messages that only this node can have signed (Standard Webhooks). */
async function checkWebhooks(
  { deliveries, webhookSecret, say }: Pilot,
  deferred: readonly Pilot['cases'][number][],
): Promise<void> {
  const ids = deferred.map(({ id }) => id)
  const told = (): Set<string> =>
    new Set(deliveries.map(line => JSON.parse(JSON.parse(line).body).data.id as string))
  await until(async () => (ids.every(id => told().has(id)) ? true : undefined), 60_000, 'all webhooks')
  const secret = Buffer.from(webhookSecret.replace(/^whsec_/, ''), 'base64')
  for (const line of deliveries) {
    const { headers, body } = JSON.parse(line)
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', secret).update(signed).digest('base64')
    assert.ok(headers['webhook-signature'].split(' ').includes(`v1,${signature}`))
  }
  say(`The ward was told of all ${ids.length} answers by signed webhooks.`)
}

async function refuseClosed(
  { hospitals, expertKey, say }: Pilot,
  closed: Pilot['cases'][number],
): Promise<void> {
  const site = hospitals.get('cleveland')!
  const other = closed.truth === 'absent' ? 'present' : 'absent'
  const refusals = {
    'no class at all': ['maybe', 'class-unknown'],
    'the other class': [other, 'state-conflict'],
  } as const
  for (const [what, [said, code]] of Object.entries(refusals)) {
    const asked = { key: expertKey, id: closed.id, stage: 'final', truth: said }
    const { body } = await answer(site, asked)
    assert.equal(body.code, code, what)
    say(`A closed case does not take ${what}: ${body.detail}`)
  }
}

async function answer(
  site: Site,
  { key, id, stage, truth }: { key: string; id: string; stage: string; truth: string },
): Promise<{ status: number; body: CaseView & { code?: string; detail?: string } }> {
  const program = `
    const { url } = JSON.parse(require('fs').readFileSync(process.argv[1], 'utf8'))
    fetch(url + '/v1/reviews/' + process.argv[3] + '/answers', { method: 'POST',
      headers: { authorization: 'Bearer ' + process.argv[2], 'content-type': 'application/json' },
      body: JSON.stringify({ stage: process.argv[4], class: process.argv[5] }),
    }).then(async r => console.log(JSON.stringify({ status: r.status, body: await r.json() })))`
  const { out } = await site.run([
    process.execPath,
    '-e',
    program,
    site.file('node.json'),
    key,
    id,
    stage,
    truth,
  ])
  return JSON.parse(out)
}
