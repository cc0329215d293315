import assert from 'node:assert/strict'
import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canaries } from '../heart/files.ts'
import type { Step } from '../pilot.ts'
import type { Site } from '../setting/site.ts'

export const prove: Step = {
  title: 'Prove: the log holds and shows any change; an answer is explained; no record is at the hub',
  async run({ hub, hospitals, cases, say }) {
    await plantInLog(hub, say)
    const site = hospitals.get('cleveland')!
    const deferred = cases.find(({ state }) => state === 'deferred')!
    const text = await site.text('explain', deferred.id)
    for (const word of ['physician', 'heart-logistic', 'hungarian', 'sha256:'])
      assert.ok(text.includes(word), word)
    say(text.split('\n').slice(0, 12).join('\n'))

    assert.deepEqual(leaksIn(hub), [])
    assert.ok(canaries.every(canary => readFileSync(site.file('heart.csv'), 'utf8').includes(canary)))
    const planted = hub.file('planted')
    writeFileSync(planted, `x${canaries[2]}x`)
    assert.deepEqual(leaksIn(hub), [[planted, canaries[2]]])
    say(
      'Nothing of the planted records is on the hub’s disk, and the one that was then planted there was found.',
    )
  },
}

/** A changed entry, a dropped one and two in the wrong order are each found, offline, in an export. */
async function plantInLog(hub: Site, say: (line: string) => void): Promise<void> {
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
    say(`found ${what}: ${refusal!.message}`)
  }
}

function leaksIn(hub: Site): [path: string, canary: string][] {
  const files = globSync('**/*', { cwd: hub.path, withFileTypes: true }).filter(entry => entry.isFile())
  return files.flatMap(entry => {
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    return canaries.filter(canary => bytes.includes(canary)).map((canary): [string, string] => [path, canary])
  })
}
