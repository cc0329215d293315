import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import type { ConformanceView, DatasetView, Recipe, SurveyView } from '@consort/protocol'
import { stringify } from 'yaml'
import type { Pilot, Step } from '../pilot.ts'
import { textCanary } from '../scenario.ts'
import type { Site } from '../setting/site.ts'

/** A share of each hospital's records that training never sees, for comparing, calibrating and judging. */
const heldOut = '0.4'

export const harmonise: Step = {
  title: 'Harmonise: mappings, the trap of the zero that means missing, common scales by a secure sum',
  async run(pilot) {
    const { hospitals, registry, say, scenario } = pilot
    const { dataset } = scenario.schema
    await findTrap(pilot, hospitals.get('switzerland')!)
    await refuseMappings(pilot, hospitals.get('cleveland')!)
    await refuseCodes(pilot, hospitals.get('cleveland')!)
    for (const [name, site] of hospitals) {
      writeFileSync(site.file('mapping.yaml'), scenario.mappings[name])
      const line = ['dataset', 'add', dataset, ...files(site), '--validation', heldOut]
      const view = await site.consort<DatasetView>(...line)
      say(`${name}: ${view.card.trainExamples} records train, ${view.card.evaluationExamples} are held out`)
    }
    writeFileSync(registry.file('mapping.yaml'), scenario.mappings.registry)
    await registry.consort('dataset', 'add', dataset, ...files(registry))
    await standardise(pilot)
  },
}

const files = (site: Site): string[] => [
  '--csv',
  site.file('records.csv'),
  '--mapping',
  site.file('mapping.yaml'),
]

async function findTrap({ scenario, caught }: Pilot, site: Site): Promise<void> {
  const { schema, trap } = scenario
  const { switzerland } = scenario.mappings
  writeFileSync(site.file('mapping.yaml'), switzerland.replace(trap.remedy, ''))
  const { code, result } = await site.try<ConformanceView>('dataset', 'check', schema.dataset, ...files(site))
  const found = result.fields.find(({ field }) => field === trap.field)?.findings[0]
  assert.deepEqual([code, found?.kind], [6, 'zero-means-missing'])
  const { refusal } = await site.try('dataset', 'add', schema.dataset, ...files(site))
  assert.equal(refusal?.code, 'data-mismatch')
  caught('a zero that means missing', `switzerland: ${found!.what}\n  ${found!.hint}`)
}

/** An unknown unit, and a field that the hospital does not have. */
async function refuseMappings({ caught, scenario }: Pilot, site: Site): Promise<void> {
  const faults = ['an unknown unit', 'a hospital without the field'] as const
  for (const [index, { from, to, names }] of scenario.mistakes.entries()) {
    writeFileSync(site.file('mapping.yaml'), scenario.mappings.cleveland.replace(from, to))
    const { refusal } = await site.try('dataset', 'add', scenario.schema.dataset, ...files(site))
    assert.equal(refusal?.code, 'mapping-invalid')
    assert.match(refusal.message, names)
    caught(faults[index]!, `${refusal.message} ${refusal.hint ?? ''}`)
  }
}

/** Texts in the place of codes: refused, and from here on looked for at the hub. */
async function refuseCodes({ caught, scenario }: Pilot, site: Site): Promise<void> {
  const { schema, mappings, lines, codedLine } = scenario
  writeFileSync(site.file('mapping.yaml'), mappings.cleveland)
  writeFileSync(site.file('coded.csv'), `${[...lines.cleveland, codedLine(textCanary)].join('\n')}\n`)
  const { refusal } = await site.try(
    'dataset',
    'add',
    schema.dataset,
    '--csv',
    site.file('coded.csv'),
    '--mapping',
    site.file('mapping.yaml'),
  )
  assert.equal(refusal?.code, 'data-mismatch')
  assert.ok(!JSON.stringify(refusal).includes(textCanary), 'no cell is shown')
  caught('a code that nobody agreed on', `${refusal.message} ${refusal.hint ?? ''}`)
}

async function standardise({ hub, hospitals, say, scenario }: Pilot): Promise<void> {
  const survey = await hub.consort<SurveyView>('survey', 'start', scenario.schema.dataset)
  assert.equal(survey.state, 'done', survey.reason)
  assert.deepEqual(survey.members, [...hospitals.keys()])
  const [plain, scaled] = [hub.file('plain.yaml'), hub.file('recipe.yaml')]
  writeFileSync(plain, stringify(scenario.recipe))
  const recipe = await hub.consort<Recipe>('recipe', 'standardise', plain)
  assert.ok(recipe.input.kind === 'table')
  const { field, center, scale } = scenario.scale
  const found = recipe.input.features.find(({ name }) => name === field)
  assert.ok(found?.kind === 'number')
  const isWithin = (value: number, [min, max]: readonly [number, number]) => value > min && value < max
  assert.ok(isWithin(found.center, center) && isWithin(found.scale, scale))
  writeFileSync(scaled, stringify(recipe))
  assert.ok(readFileSync(scaled, 'utf8').includes(String(found.center)))
  say(
    `All standardise alike: ${field} by ${found.center} ± ${found.scale}, over the records of all four, of whom nobody told a mean.`,
  )
}
