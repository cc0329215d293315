import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { agreementTermsSchema } from '@consort/protocol'
import { parse } from 'yaml'
import { hospitals, type Scenario } from '../scenario.ts'

export const whereFrom =
  'The four files are UCI data set 45 (heart disease, CC BY 4.0): archive.ics.uci.edu/dataset/45. Unpack it and name the folder: npm run pilot -- --data FOLDER'

/** How many patients come to Cleveland after the training, whose records nobody has seen. */
const newPatients = 50

const fileIn = (folder: string, hospital: string): string => join(folder, `processed.${hospital}.data`)

export function hasHeartFiles(folder: string): boolean {
  return hospitals.every(name => existsSync(fileIn(folder, name)))
}

/**
 * The four hospitals of UCI data set 45. Every sixth record goes to the registry that evaluates, the last of Cleveland
 * are the patients to come, the rest stays at the hospitals.
 */
export function heartScenario(folder: string): Scenario {
  const terms = agreementTermsSchema.parse(parse(textOf('terms.yaml')))
  const canaries = ['48.73519', '127.4481', '231.6627', '143.9183', '1.372946'] as const
  const [age, trestbps, chol, thalach, oldpeak] = canaries
  const canaryLine = `${age},1,4,${trestbps},${chol},0,0,${thalach},1,${oldpeak},2,0,3,1`
  return {
    terms,
    recipe: parse(textOf('recipe.yaml')),
    schema: terms.data[0]!,
    classes: ['absent', 'present'],
    lines: dealt(folder),
    mappings: {
      cleveland: mappingOf('cleveland'),
      hungarian: mappingOf('hungarian'),
      switzerland: mappingOf('switzerland'),
      va: mappingOf('va'),
      registry: mappingOf('registry'),
    },
    canaries,
    canaryLines: {
      cleveland: canaryLine,
      hungarian: canaryLine,
      switzerland: canaryLine,
      va: canaryLine,
    },
    codedLine: text => `60,${text},${text},120,200,${text},${text},150,${text},1,${text},0,${text},${text}`,
    trap: { field: 'chol', remedy: ", missing: ['0']" },
    mistakes: [
      { from: 'unit: mmHg', to: 'unit: mmHG', names: /unit/ },
      { from: / {2}thal: .*\n/, to: '', names: /thal/ },
    ],
    budget: 10,
    scale: { field: 'age', center: [45, 65], scale: [5, 15] },
  }
}

function dealt(folder: string): Scenario['lines'] {
  const own = (hospital: string): string[] => linesOf(folder, hospital).filter((_, index) => index % 6 !== 0)
  const cleveland = own('cleveland')
  return {
    cleveland: cleveland.slice(0, -newPatients),
    newPatients: cleveland.slice(-newPatients),
    hungarian: own('hungarian'),
    switzerland: own('switzerland'),
    va: own('va'),
    registry: hospitals.flatMap(name => linesOf(folder, name).filter((_, index) => index % 6 === 0)),
  }
}

function linesOf(folder: string, hospital: string): string[] {
  return readFileSync(fileIn(folder, hospital), 'utf8').trim().split(/\r?\n/)
}

const textOf = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`./${name}`, import.meta.url)), 'utf8')
const mappingOf = (hospital: string): string => textOf(`${hospital}.yaml`)
