import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { AgreementView } from '@consort/protocol'
import { stringify } from 'yaml'
import { hospitals } from '../heart/files.ts'
import { recipeFor, termsFor } from '../heart/terms.ts'
import type { Pilot, Step } from '../pilot.ts'

export const terms: Step = {
  title: 'Terms: roster and agreement, read in two languages, signed by all',
  async run(pilot) {
    const { hub, hospitals: sites, registry, say } = pilot
    for (const site of [...sites.values(), registry]) await site.consort('roster', 'sign', '--yes')
    await propose(pilot, 1000)
    const first = sites.get('cleveland')!
    const [english, chinese] = [
      await first.text('agreement', 'show'),
      await first.text('agreement', 'show', '--lang', 'zh'),
    ]
    assert.match(english, /coronary heart disease/)
    assert.match(chinese, /冠心病/)
    say(english.split('\n').slice(0, 14).join('\n'))
    for (const site of sites.values()) await site.consort('agreement', 'sign', '--yes')
    await propose(pilot, 6)
    assert.match(await first.text('agreement', 'show'), /1,?000.*6/s)
    for (const site of sites.values()) await site.consort('agreement', 'sign', '--yes')
    const view = await hub.consort<AgreementView>('agreement', 'show')
    assert.equal(view.inForce?.document.version, 2)
    assert.equal(view.inForce.signatures.length, hospitals.length + 1)
    say('The first version was amended (a new run after 6 new examples); all four hospitals signed both.')

    const uncovered = hub.file('uncovered.yaml')
    writeFileSync(uncovered, stringify({ ...recipeFor(1), name: 'something-else' }))
    const { refusal } = await hub.try('run', 'start', uncovered)
    assert.equal(refusal?.code, 'agreement-refused')
    say(`The hub starts nothing else: ${refusal.message}.`)
  },
}

async function propose({ hub }: Pilot, retrainAfterExamples: number): Promise<void> {
  const path = hub.file('terms.yaml')
  writeFileSync(path, stringify(termsFor(hospitals, retrainAfterExamples)))
  await hub.consort('agreement', 'propose', path)
}
