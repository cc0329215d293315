import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { restoreBackup } from '../budgets.ts'
import { canariesIn, filesBelow } from '../canary-search.ts'
import type { Pilot, Step } from '../pilot.ts'
import { textCanary } from '../scenario.ts'
import type { Site } from '../setting/site.ts'

export const prove: Step = {
  title: 'Prove: the log holds and shows any change; an answer is explained; no record is at the hub',
  async run(pilot) {
    const { hub, hospitals, cases, say, scenario } = pilot
    await plantInLog(hub, pilot.caught)
    const site = hospitals.get('cleveland')!
    const deferred = cases.find(({ state }) => state === 'deferred')!
    const text = await site.text('explain', deferred.id)
    for (const word of ['physician', `${scenario.schema.dataset}-logistic`, 'hungarian', 'sha256:'])
      assert.ok(text.includes(word), word)
    say(text.split('\n').slice(0, 12).join('\n'))
    const kept = await site.text('storage')
    for (const word of ['asked_case', 'CONSORT_KEEP_ANSWERS', 'blobs/log/'])
      assert.ok(kept.includes(word), word)
    say(kept.split('\n').slice(0, 6).join('\n'))
    findLeaks(pilot, site)
    await restoreBackup(pilot)
  },
}

/**
 * Nothing that stands in the planted records is on the hub's disk or in what passed before it; what is put there is
 * found.
 */
function findLeaks({ hub, tap, say, caught, scenario }: Pilot, site: Site): void {
  const canaries = [...scenario.canaries, textCanary]
  const held = [readFileSync(site.file('records.csv')), readFileSync(site.file('coded.csv'))]
  const own = [{ name: 'own records', bytes: Buffer.concat(held) }]
  assert.equal(canariesIn(own, canaries).length, canaries.length)

  const traffic = { name: 'traffic', bytes: tap.traffic() }
  const disk = filesBelow(hub.path)
  assert.deepEqual(canariesIn([traffic, ...disk], canaries), [])
  say(
    `None of ${canaries.length} planted values is in ${(traffic.bytes.length / 1e6).toFixed(1)} MB of traffic or in ${disk.length} files of the hub.`,
  )
  const leak = Buffer.from(Buffer.from(`x${canaries[0]}`).toString('base64'))
  const leaking = [{ name: 'traffic', bytes: Buffer.concat([traffic.bytes, leak]) }]
  assert.deepEqual(canariesIn(leaking, canaries), [`${canaries[0]} in traffic`])
  caught('a record in the traffic', 'one value in base64')
  const planted = hub.file('planted')
  writeFileSync(planted, `x${textCanary}x`)
  assert.deepEqual(canariesIn(filesBelow(hub.path), canaries), [`${textCanary} in ${planted}`])
  caught('a record on the disk of the hub', 'one text in a file')
}

/** A changed entry, a dropped one and two in the wrong order are each found, offline, in an export. */
async function plantInLog(hub: Site, caught: Pilot['caught']): Promise<void> {
  const path = hub.file('export.jsonl')
  await hub.consort('audit', 'export', path)
  await hub.consort('audit', 'verify', path)
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n')
  const middle = Math.floor(lines.length / 2)
  const plants = {
    'a changed entry': lines.with(middle, lines[middle]!.replace(/"at":"20../, '"at":"2031')),
    'a dropped entry': lines.toSpliced(middle, 1),
    'two entries in the wrong order': lines.with(middle, lines[middle + 1]!).with(middle + 1, lines[middle]!),
  }
  for (const [what, altered] of Object.entries(plants)) {
    writeFileSync(path, `${altered.join('\n')}\n`)
    const { code, refusal } = await hub.try('audit', 'verify', path)
    assert.deepEqual([code, refusal?.code], [6, 'log-altered'], what)
    caught(what, refusal!.message)
  }
}
