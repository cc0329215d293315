import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { AgreementView } from '@consort/protocol'
import { stringify } from 'yaml'
import { memberKey } from '../member-key.ts'
import type { Pilot, Step } from '../pilot.ts'

export const terms: Step = {
  title: 'Terms: roster and agreement, read in two languages, signed by all',
  async run(pilot) {
    const { hub, hospitals, registry, say, scenario, caught } = pilot
    const { purpose, retrainAfterExamples } = scenario.terms
    for (const site of [...hospitals.values(), registry]) await site.consort('roster', 'sign', '--yes')
    await propose(pilot, 1000)
    const first = hospitals.get('cleveland')!
    const [english, chinese] = [
      await first.text('agreement', 'show'),
      await first.text('agreement', 'show', '--lang', 'zh'),
    ]
    assert.ok(english.replace(/\s+/g, ' ').includes(purpose.en))
    assert.ok(chinese.replace(/\s+/g, '').includes(purpose.zh))
    say(english.split('\n').slice(0, 14).join('\n'))
    await alterAgreement(pilot)
    for (const site of hospitals.values()) await site.consort('agreement', 'sign', '--yes')
    await propose(pilot, retrainAfterExamples!)
    assert.match(await first.text('agreement', 'show'), /1,?000.*6/s)
    for (const site of hospitals.values()) await site.consort('agreement', 'sign', '--yes')
    const view = await hub.consort<AgreementView>('agreement', 'show')
    assert.equal(view.inForce?.document.version, 2)
    assert.equal(view.inForce.signatures.length, hospitals.size + 1)
    say(
      `The first version was amended (a new run after ${retrainAfterExamples} new examples); all four hospitals signed both.`,
    )

    const uncovered = hub.file('uncovered.yaml')
    writeFileSync(uncovered, stringify({ ...scenario.recipe, name: 'something-else' }))
    const { refusal } = await hub.try('run', 'start', uncovered)
    assert.equal(refusal?.code, 'agreement-refused')
    caught('a run that the agreement does not cover', refusal.message)
    const { privacy: _, ...bare } = scenario.recipe
    writeFileSync(uncovered, stringify(bare))
    const unprotected = await hub.try('run', 'start', uncovered)
    assert.equal(unprotected.refusal?.code, 'agreement-refused')
    caught('a run without the protection that was agreed', unprotected.refusal.message)
  },
}

/** Somebody on the way, or the hub itself, shows one hospital other terms than were proposed. */
async function alterAgreement(pilot: Pilot): Promise<void> {
  const { hospitals, tap, caught } = pilot
  const fault = 'an altered agreement'
  const how = { kind: 'replace', from: '"answerPrice":250', to: '"answerPrice":251' } as const
  tap.plant({ name: fault, method: 'GET', path: '^/v1/agreement', member: await memberKey(pilot, 'va'), how })
  const { refusal } = await hospitals.get('va')!.try('agreement', 'sign', '--yes')
  assert.equal(refusal?.code, 'state-conflict', JSON.stringify(refusal))
  await tap.struck(fault)
  caught(fault, refusal.message)
}

async function propose({ hub, scenario }: Pilot, retrainAfterExamples: number): Promise<void> {
  const path = hub.file('terms.yaml')
  writeFileSync(path, stringify({ ...scenario.terms, retrainAfterExamples }))
  await hub.consort('agreement', 'propose', path)
}
