import assert from 'node:assert/strict'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { ConformanceView, DatasetView, Recipe } from '@consort/protocol'
import { stringify } from 'yaml'
import { recipeFor } from '../heart/terms.ts'
import type { Pilot, Step } from '../pilot.ts'
import type { Site } from '../setting/site.ts'

const mappingOf = (name: string): string => fileURLToPath(new URL(`../heart/${name}.yaml`, import.meta.url))

/** A share of each hospital's records that training never sees, for comparing, calibrating and judging. */
const heldOut = '0.4'

export const harmonise: Step = {
  title: 'Harmonise: mappings, the trap of the zero that means missing, common scales',
  async run(pilot) {
    const { hospitals, registry, say } = pilot
    await findTrap(pilot, hospitals.get('switzerland')!)
    await refuseMappings(pilot, hospitals.get('cleveland')!)
    for (const [name, site] of hospitals) {
      copyFileSync(mappingOf(name), site.file('mapping.yaml'))
      const view = await site.consort<DatasetView>(
        'dataset',
        'add',
        'heart',
        ...files(site),
        '--validation',
        heldOut,
      )
      say(`${name}: ${view.card.trainExamples} records train, ${view.card.evaluationExamples} are held out`)
    }
    copyFileSync(mappingOf('registry'), registry.file('mapping.yaml'))
    await registry.consort('dataset', 'add', 'heart', ...files(registry))
    await standardise(pilot)
  },
}

const files = (site: Site): string[] => [
  '--csv',
  site.file('heart.csv'),
  '--mapping',
  site.file('mapping.yaml'),
]

async function findTrap({ say }: Pilot, site: Site): Promise<void> {
  const text = readFileSync(mappingOf('switzerland'), 'utf8')
  writeFileSync(site.file('mapping.yaml'), text.replace(", missing: ['0']", ''))
  const { code, result } = await site.try<ConformanceView>('dataset', 'check', 'heart', ...files(site))
  const trap = result.fields.find(({ field }) => field === 'chol')?.findings[0]
  assert.deepEqual([code, trap?.kind], [6, 'zero-means-missing'])
  const { refusal } = await site.try('dataset', 'add', 'heart', ...files(site))
  assert.equal(refusal?.code, 'data-mismatch')
  say(`switzerland: ${trap!.what}\n  ${trap!.hint}`)
}

/** An unknown unit, and a field that the hospital does not have. */
async function refuseMappings({ say }: Pilot, site: Site): Promise<void> {
  const text = readFileSync(mappingOf('cleveland'), 'utf8')
  const wrongs = [
    [text.replace('unit: mmHg', 'unit: mmHG'), /unit/],
    [text.replace(/ {2}thal: .*\n/, ''), /thal/],
  ] as const
  for (const [mapping, pattern] of wrongs) {
    writeFileSync(site.file('mapping.yaml'), mapping)
    const { refusal } = await site.try('dataset', 'add', 'heart', ...files(site))
    assert.equal(refusal?.code, 'mapping-invalid')
    assert.match(refusal.message, pattern)
    say(`refused: ${refusal.message} ${refusal.hint ?? ''}`)
  }
}

async function standardise({ hub, say }: Pilot): Promise<void> {
  const [plain, scaled] = [hub.file('plain.yaml'), hub.file('recipe.yaml')]
  writeFileSync(plain, stringify(recipeFor(10)))
  const recipe = await hub.consort<Recipe>('recipe', 'standardise', plain)
  assert.ok(recipe.input.kind === 'table')
  const age = recipe.input.features.find(({ name }) => name === 'age')
  assert.ok(age?.kind === 'number' && age.center > 45 && age.center < 65 && age.scale > 5 && age.scale < 15)
  writeFileSync(scaled, stringify(recipe))
  say(`All standardise alike: age by ${age.center} ± ${age.scale}, over the records of all four.`)
}
