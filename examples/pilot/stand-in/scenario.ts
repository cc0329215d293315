import type { AgreementTerms, RecipeInput, TableSchema, Text } from '@consort/protocol'
import { stringify } from 'yaml'
import { type Holder, hospitals, type Range, type Scenario } from '../scenario.ts'

type Place = Holder | 'newPatients'

interface Column {
  readonly name: string
  /** Where it stands in the table. */
  readonly at: number
  readonly meaning: Text
  readonly range: Range
  readonly unit: string
  readonly canary: string
}

const column = (name: string, at: number, meaning: Text, range: Range, unit: string, canary: string) =>
  ({ name, at, meaning, range, unit, canary }) satisfies Column

/** Eight of the thirty measurements of cell nuclei in a fine-needle aspirate (Street, Wolberg, Mangasarian 1993). */
const columns: readonly Column[] = [
  column('radius', 0, { en: 'mean radius', zh: '平均半径' }, [4, 40], 'mm', '17.73519'),
  column('texture', 1, { en: 'mean texture', zh: '平均纹理' }, [5, 50], '1', '23.44817'),
  column('smoothness', 4, { en: 'mean smoothness', zh: '平均平滑度' }, [0.02, 0.3], 'ratio', '0.0966271'),
  column('symmetry', 8, { en: 'mean symmetry', zh: '平均对称性' }, [0.05, 0.5], 'ratio', '0.1839183'),
  column('spread', 10, { en: 'spread of the radius', zh: '半径标准误' }, [0.05, 4], 'mm', '0.4372946'),
  column('worst-radius', 20, { en: 'largest radius', zh: '最大半径' }, [5, 50], 'mm', '19.52711'),
  column('worst-concavity', 26, { en: 'largest concavity', zh: '最大凹度' }, [-0.1, 2], 'ratio', '0.2718553'),
  column(
    'worst-points',
    27,
    { en: 'most concave points', zh: '凹点（最大值）' },
    [-0.1, 0.5],
    'ratio',
    '0.1146337',
  ),
]

const cells: TableSchema = {
  dataset: 'cells',
  fields: columns.map(({ name, meaning, unit, range: [min, max] }) => ({
    kind: 'number',
    name,
    meaning,
    unit,
    min,
    max,
  })),
  label: {
    kind: 'category',
    name: 'growth',
    meaning: { en: 'growth', zh: '乳腺肿块' },
    codes: [
      { code: 'benign', meaning: { en: 'benign', zh: '良性' } },
      { code: 'malignant', meaning: { en: 'malignant', zh: '恶性' } },
    ],
  },
}

const classes = ['benign', 'malignant']

const recipe: RecipeInput = {
  recipe: 1,
  name: 'cells-logistic',
  dataset: 'cells',
  task: { kind: 'classification', classes },
  input: {
    kind: 'table',
    features: columns.map(({ name }) => ({ name, kind: 'number', missing: 'indicator' })),
  },
  model: { kind: 'logistic' },
  loss: 'binary-cross-entropy',
  optimiser: { kind: 'sgd', learningRate: 0.3 },
  schedule: { kind: 'cosine', final: 0.1 },
  batchSize: 16,
  federation: { rounds: 10, localEpochs: 3, partnersMin: 4, roundWithinSeconds: 40, alpha: [0, 0] },
  privacy: { secureAggregation: true, differentialPrivacy: { clip: 1, noiseMultiplier: 4 } },
}

const terms: AgreementTerms = {
  purpose: {
    en: 'To tell from the nuclei of cells whether a growth is malignant, and to ask a physician where that is unsure.',
    zh: '根据细胞核特征辅助判断乳腺肿块是否恶性；把握不足时转交医生。',
  },
  data: [cells],
  statistics: { secureSum: true },
  recipes: [{ name: 'cells-logistic' }],
  privacy: { secureAggregation: true, epsilonMax: 12 },
  use: [...hospitals],
  retrainAfterExamples: 6,
  benefit: { currency: 'EUR', answerPrice: 250, rule: { kind: 'by-examples' } },
}

/** How a place writes things down: its own codes, units and marks for what it did not record. */
interface Habits {
  readonly codes: readonly [benign: string, malignant: string]
  readonly missing: string
  /** Which column lacks a value in every fourth record. */
  readonly gaps: string
  /** Columns in another unit: its name, and how many of it are one of the schema's. */
  readonly units?: Readonly<Record<string, readonly [unit: string, factor: number]>>
  readonly absent?: string
}

const plain: Habits = { codes: ['1', '0'], missing: '?', gaps: 'smoothness' }
const habits: Readonly<Record<Holder, Habits>> = {
  cleveland: plain,
  hungarian: {
    codes: ['B', 'M'],
    missing: '?',
    gaps: 'texture',
    absent: 'symmetry',
    units: { radius: ['cm', 0.1] },
  },
  switzerland: { codes: ['2', '4'], missing: '0', gaps: 'texture' },
  va: { codes: ['benign', 'malignant'], missing: '-9', gaps: 'spread', units: { smoothness: ['%', 100] } },
  registry: plain,
}

/**
 * A table that Debian ships, split into four hospitals as unlike as those of the heart disease files: in size, in the
 * share that is malignant, in units, codes and what stands for a missing value.
 */
export function standInScenario(table: readonly (readonly string[])[]): Scenario {
  const linesOf = (place: Place): string[] => {
    const own = table.filter((row, index) => placeOf(row, index) === place)
    const holder = place === 'newPatients' ? 'cleveland' : place
    return own.map((row, index) =>
      lineOf(
        holder,
        columns.map(({ at }) => row[at]!),
        row.at(-1) === '0',
        index,
      ),
    )
  }
  const canaryLine = (holder: Holder): string =>
    lineOf(
      holder,
      columns.map(({ canary }) => canary),
      true,
      1,
      false,
    )
  return {
    terms,
    recipe,
    schema: cells,
    classes,
    lines: {
      cleveland: linesOf('cleveland'),
      hungarian: linesOf('hungarian'),
      switzerland: linesOf('switzerland'),
      va: linesOf('va'),
      registry: linesOf('registry'),
      newPatients: linesOf('newPatients'),
    },
    mappings: {
      cleveland: mappingOf('cleveland'),
      hungarian: mappingOf('hungarian'),
      switzerland: mappingOf('switzerland'),
      va: mappingOf('va'),
      registry: mappingOf('registry'),
    },
    canaries: columns.map(({ canary }) => canary),
    canaryLines: {
      cleveland: canaryLine('cleveland'),
      hungarian: canaryLine('hungarian'),
      switzerland: canaryLine('switzerland'),
      va: canaryLine('va'),
    },
    codedLine: text => `${columns.map(({ canary }) => canary).join(',')},${text}`,
    trap: { field: 'texture', remedy: '    missing:\n      - "0"\n' },
    mistakes: [
      { from: 'unit: mm\n', to: 'unit: MM\n', names: /unit/ },
      { from: / {2}worst-points:\n(?: {4}.*\n)+/, to: '', names: /worst-points/ },
    ],
    budget: 25,
    scale: { field: 'radius', center: [12, 18], scale: [2, 6] },
  }
}

/**
 * Every sixth record is the registry's; of twenty others the places have ten, four, three and three; Swiss benign ones
 * are rare.
 */
function placeOf(row: readonly string[], index: number): Place | undefined {
  if (index % 6 === 0) return 'registry'
  const turn = (index * 7) % 20
  if (turn < 10) return index > 400 ? 'newPatients' : 'cleveland'
  if (turn < 14) return 'hungarian'
  if (turn < 17) return 'va'
  const isRare = row.at(-1) === '1' && index % 3 !== 0
  return isRare ? undefined : 'switzerland'
}

function lineOf(
  holder: Holder,
  values: readonly string[],
  isMalignant: boolean,
  index: number,
  withGaps = true,
): string {
  const { codes, missing, gaps, units = {}, absent } = habits[holder]
  const written = columns.map(({ name }, place) => {
    if (name === absent || (withGaps && name === gaps && index % 4 === 0)) return missing
    const [, factor] = units[name] ?? ['', 1]
    return factor === 1 ? values[place]! : String(Number((Number(values[place]) * factor).toPrecision(7)))
  })
  return [...written, codes[isMalignant ? 1 : 0]].join(',')
}

function mappingOf(holder: Holder): string {
  const { codes, missing, gaps, units = {}, absent } = habits[holder]
  const fields = columns.map(({ name, unit }) => [
    name,
    name === absent
      ? 'absent'
      : { column: name, unit: units[name]?.[0] ?? unit, ...(name === gaps && { missing: [missing] }) },
  ])
  return stringify({
    mapping: 1,
    dataset: cells.dataset,
    header: [...columns.map(({ name }) => name), 'growth'],
    fields: Object.fromEntries(fields),
    label: { column: 'growth', codes: { [codes[0]]: 'benign', [codes[1]]: 'malignant' } },
  })
}
