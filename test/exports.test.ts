import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'node:test'
import { parseEntry } from '@consort/agreements'
import { cellAt, type DataSourceInput, labelAt, readDataset, writeGreyImage } from '@consort/data'
import { createIdentifierSearch, parseDeidentificationRules } from '@consort/privacy'
import {
  type AgreementTerms,
  digestOfBytes,
  digestOfJson,
  type ExportView,
  nodeEndpoints,
} from '@consort/protocol'
import { localFiles } from '@consort/storage'
import { parse } from 'yaml'
import { consort } from './cli-process.ts'
import { type Network, openPrepared } from './network.ts'
import { wholeLog } from './whole-log.ts'

/** The example that people read, so that it stays one that works. */
const documented = /```yaml\n(.*?)```/s.exec(readFileSync('docs/deidentification.md', 'utf8'))![1]!
const rules = parse(documented) as { fields: { field: string; rule: string }[] } & Record<string, unknown>
const withRule = (field: string, rule: object, more: object = {}) => ({
  ...rules,
  ...more,
  fields: rules.fields.map(known => (known.field === field ? { field, ...rule } : known)),
})
const withoutBorn = withRule('born', { rule: 'drop' }, { quasiIdentifiers: ['age', 'region', 'postcode'] })

const names = ['Anna Muster']
const patients = 24
const patientOf = (number: number): string => `PT-${1000 + number}`
const admittedOf = (number: number): string[] => [`2023-02-${10 + (number % 9)}`, '2023-05-01T08:30']

/** Two visits each of 24 patients, six of whom are born in one year. */
function visits(): string {
  const rows = Array.from({ length: patients }, (_, number) => {
    const [year, month] = [1960 + (number % 4), 1 + (number % 9)]
    const note = `"Anna Muster, ""home"", 079 123 45 ${10 + number} or anna${number}@clinic.example"`
    const who = `${patientOf(number)},${2024 - year},${number % 2 ? 'biel' : 'thun'},25${10 + number}`
    const illness = (number >> 2) % 2 ? 'asthma' : 'flu'
    return admittedOf(number).map(
      admitted => `${who},${year}-0${month}-15,${admitted},${illness},${note},Lane ${number}`,
    )
  })
  const header = 'patient,age,region,postcode,born,admitted,diagnosis,notes,address'
  return `${[header, ...rows.flat()].join('\n')}\n`
}

async function openVisits(): Promise<Network> {
  return await openPrepared(async network => {
    await network.join('a')
    await network.signRoster()
    await register(network, visits())
  })
}

async function register(network: Network, csv: string): Promise<void> {
  const path = outOf(network, 'visits.csv')
  writeFileSync(path, csv)
  // Columns that no model sees leave only by their rules as well.
  const source: DataSourceInput = { kind: 'csv', path, label: 'diagnosis', features: ['age'] }
  await network.addDataset('a', { dataset: 'visits', source, validation: 0 })
}

const outOf = ({ directory }: Network, name = 'out.csv'): string => join(directory, name)

function exported(network: Network, more: object = {}): Promise<ExportView> {
  const asked = { dataset: 'visits', rules, recipient: 'university', names }
  const body = { ...asked, path: outOf(network), ...more }
  return network.callNode('a')(nodeEndpoints.exportRecords, { body })
}

function checked(network: Network, more: object = {}) {
  const body = { dataset: 'visits', rules, recipient: 'university', ...more }
  return network.callNode('a')(nodeEndpoints.checkExport, { body })
}

const exportsIn = ({ directory }: Network): object[] =>
  wholeLog(join(directory, 'a', 'node.sqlite'))
    .map(parseEntry)
    .filter(({ kind }) => kind === 'records-exported')
    .map(({ body }) => body)

async function rowsOf(path: string, label = 'diagnosis'): Promise<Record<string, string>[]> {
  const table = await readDataset({ kind: 'csv', path, label, missing: [] })
  assert.ok(table.kind === 'table')
  return Array.from({ length: table.count }, (_, row) => ({
    ...Object.fromEntries(table.columns.map((name, column) => [name, cellAt(table, row, column) ?? ''])),
    [label]: labelAt(table, row),
  }))
}

const sorted = (rows: readonly unknown[]): string[] => rows.map(row => JSON.stringify(row)).sort()
const daysBetween = (dates: readonly string[]): number => {
  const [from, to] = dates.map(date => Date.parse(date.slice(0, 10)))
  return (to! - from!) / 86_400_000
}

test('a table leaves as its rules say: the example of the documentation, field by field', async () => {
  await using network = await openVisits()
  const view = await exported(network)
  assert.ok(view.kind === 'table')
  const { k, counted, notCovered, holds, asked } = view.anonymity
  assert.deepEqual([k, counted, holds, asked], [6, 'persons', true, { k: 5, l: 2 }])
  assert.deepEqual(notCovered, ['admitted', 'notes'])

  const [before, after] = [await rowsOf(outOf(network, 'visits.csv')), await rowsOf(outOf(network))]
  const expected = before.map(({ born, diagnosis }) => ({
    age: '65',
    region: 'canton bern',
    postcode: '25*',
    born: born!.slice(0, 4),
    notes: '[name-1], "home", [phone-1] or [email-1]',
    diagnosis,
  }))
  const plain = after.map(({ patient, admitted, ...rest }) => rest)
  assert.deepEqual(sorted(plain), sorted(expected))
  const visitsOf = Map.groupBy(after, ({ patient }) => patient!)
  assert.equal(visitsOf.size, patients, 'every patient keeps a hash')
  const intervals = [...visitsOf].map(([hash, both]) => {
    assert.match(hash, /^[0-9a-f]{32}$/)
    return daysBetween(both.map(({ admitted }) => admitted!).sort())
  })
  const days = Array.from({ length: patients }, (_, number) => daysBetween(admittedOf(number)))
  assert.deepEqual(sorted(intervals), sorted(days), 'intervals stay')
  const dates = (rows: Record<string, string>[]): string[] => rows.map(({ admitted }) => admitted!).sort()
  assert.notDeepEqual(dates(after), dates(before), 'dates move')

  const originals = before.flatMap(({ patient, address }) => [patient!, address!])
  const found = (text: string): string[] => originals.filter(original => text.includes(original))
  const text = readFileSync(outOf(network), 'utf8')
  assert.deepEqual(found(text), [])
  assert.equal(found(`${text}${patientOf(3)},`).length, 2, 'both rows of a patient who is left in')
})

test('two recipients cannot join what they got; the same one gets the same again', async () => {
  await using network = await openVisits()
  const digests: string[] = []
  for (const [index, recipient] of ['university', 'registry', 'university'].entries())
    digests.push((await exported(network, { recipient, path: outOf(network, `${index}.csv`) })).digest)
  assert.equal(digests[0], digests[2])
  const [one, other] = [await rowsOf(outOf(network, '0.csv')), await rowsOf(outOf(network, '1.csv'))]
  const hashes = new Set(one.map(({ patient }) => patient))
  assert.equal(other.filter(({ patient }) => hashes.has(patient)).length, 0)
  // Rows in the order of the file would be joined by their numbers.
  const file = await rowsOf(outOf(network, 'visits.csv'))
  const [first, second, third] = [one, other, file].map(rows =>
    rows.map(({ born, diagnosis }) => born!.slice(0, 4) + diagnosis),
  )
  assert.notDeepEqual(first, second)
  assert.notDeepEqual(first, third)
})

test('identifiers that a rule leaves in free text are found in the file', async () => {
  await using network = await openVisits()
  const search = createIdentifierSearch({ names })
  const kindsIn = async (path: string): Promise<string[]> => {
    const notes = (await rowsOf(path)).map(row => row.notes!)
    return [...new Set(notes.flatMap(note => search(note).map(({ kind }) => kind)))].sort()
  }
  await exported(network)
  assert.deepEqual(await kindsIn(outOf(network)), [])
  const path = outOf(network, 'careless.csv')
  await exported(network, { rules: withRule('notes', { rule: 'prefix', length: 100 }), path })
  assert.deepEqual(await kindsIn(path), ['email', 'name', 'phone'])
  await exported(network, { names: [], path: outOf(network, 'nameless.csv') })
  assert.deepEqual(await kindsIn(outOf(network, 'nameless.csv')), ['name'])
})

test('under k or l nothing is written, and the refusal names the field to generalise', async () => {
  await using network = await openVisits()
  const closer = withRule('born', { rule: 'shorten-date', to: 'month' })
  await assert.rejects(exported(network, { rules: closer }), {
    code: 'agreement-refused',
    message: /1-anonymous and 5 is agreed: 48 of 48 rows/,
    hint: /^Generalise born further/,
  })
  const report = await checked(network, { rules: closer })
  assert.deepEqual([report.k, report.holds], [1, false])
  const without = report.without.map(({ field, k }) => `${field} ${k}`)
  assert.deepEqual(without, ['age 1', 'region 1', 'postcode 1', 'born 24'])
  await assert.rejects(exported(network, { rules: { ...rules, l: 3 } }), { path: 'diagnosis' })
  assert.deepEqual([existsSync(outOf(network)), exportsIn(network)], [false, []])
})

const meaning = { en: 'for a test', zh: '测试' }
const codes = (...all: string[]) => all.map(code => ({ code, meaning }))
const terms: AgreementTerms = {
  purpose: meaning,
  data: [
    {
      dataset: 'heart',
      fields: [
        { kind: 'number', name: 'age', meaning, unit: '1', min: 0, max: 120 },
        { kind: 'category', name: 'sex', meaning, codes: codes('female', 'male') },
      ],
      label: { kind: 'category', name: 'state', meaning, codes: codes('well', 'ill') },
    },
  ],
  statistics: false,
  recipes: [{ name: 'plane' }],
  privacy: { secureAggregation: false, epsilonMax: null, anonymity: { k: 7, l: 2 } },
  use: ['a'],
  retrainAfterExamples: null,
  benefit: { currency: 'EUR', answerPrice: 0, rule: { kind: 'by-examples' } },
}

test('what was agreed is stricter than the rules, and cannot be met by naming no field', async () => {
  await using network = await openVisits()
  assert.equal((await checked(network)).holds, true, 'six are enough for the rules')
  await network.agree(terms)
  await assert.rejects(exported(network), { message: /6-anonymous and 7 is agreed/, hint: /born/ })
  for (const path of ['quasiIdentifiers', 'sensitive']) {
    const nameless = { ...withoutBorn, [path]: [] }
    await assert.rejects(exported(network, { rules: nameless }), { code: 'agreement-refused', path })
  }
  assert.deepEqual(exportsIn(network), [])
  const view = await exported(network, { rules: withoutBorn })
  assert.deepEqual(view.anonymity?.asked, { k: 7, l: 2 })
  assert.equal(view.anonymity?.k, 24)
})

test('of a mapped table leave the agreed fields only, in agreed codes', async () => {
  await using network = await openVisits()
  await network.agree(terms)
  const path = outOf(network, 'heart.csv')
  const rows = Array.from({ length: 32 }, (_, row) => `Kim ${row},${40 + (row % 4)},${row % 2},${row >> 4}`)
  writeFileSync(path, `who,years,sex,sick\n${rows.join('\n')}\n`)
  const mapping = outOf(network, 'heart.yaml')
  const fields = {
    age: { column: 'years', unit: '1' },
    sex: { column: 'sex', codes: { 0: 'female', 1: 'male' } },
  }
  const label = { column: 'sick', codes: { 0: 'well', 1: 'ill' } }
  writeFileSync(mapping, JSON.stringify({ mapping: 1, dataset: 'heart', fields, label }))
  const source: DataSourceInput = { kind: 'mapped', path, mapping }
  await network.addDataset('a', { dataset: 'heart', source, validation: 0 })
  const heart = {
    quasiIdentifiers: ['age', 'sex'],
    sensitive: ['state'],
    k: 2,
    l: 1,
    fields: [
      { field: 'age', rule: 'bin', width: 2 },
      { field: 'sex', rule: 'keep' },
      { field: 'state', rule: 'keep' },
    ],
  }
  const view = await exported(network, { dataset: 'heart', rules: heart })
  assert.deepEqual([view.anonymity?.k, view.anonymity?.notCovered], [8, []])
  const expected = Array.from({ length: 32 }, (_, row) => ({
    age: row % 4 < 2 ? '41' : '43',
    sex: row % 2 ? 'male' : 'female',
    state: row >> 4 ? 'ill' : 'well',
  }))
  assert.deepEqual(sorted(await rowsOf(outOf(network), 'state')), sorted(expected))
  const withName = { ...heart, fields: [...heart.fields, { field: 'who', rule: 'redact' }] }
  await assert.rejects(exported(network, { dataset: 'heart', rules: withName }), {
    message: 'There is a rule for who, and no such field',
  })
})

test('rules are total, suit their fields and can read every cell; what is wrong is named, and no value', async () => {
  await using network = await openVisits()
  const lacking = { ...rules, fields: rules.fields.filter(({ field }) => field !== 'address') }
  const noText = /does not suit address, which holds a text/
  const refused: [string, object, object][] = [
    ['no rule', { rules: lacking }, { code: 'input-invalid', path: 'address', message: /has no rule/ }],
    ['text that is kept', { rules: withRule('address', { rule: 'keep' }) }, { message: noText }],
    [
      'no number',
      { rules: withRule('address', { rule: 'bin', width: 5 }) },
      { code: 'value-invalid', path: 'address', message: 'The field address does not hold a finite number' },
    ],
    ['no rules', { rules: null }, { code: 'input-invalid', path: 'rules' }],
    ['an unknown rule', { rules: withRule('address', { rule: 'blur' }) }, { code: 'input-invalid' }],
    ['an unknown data set', { dataset: 'visit' }, { code: 'not-found' }],
    ['no such folder', { path: outOf(network, 'no/out.csv') }, { code: 'input-invalid', path: 'path' }],
  ]
  for (const [what, change, expected] of refused)
    await assert.rejects(exported(network, change), expected, what)
  writeFileSync(outOf(network, 'visits.csv'), visits().replace(',64,', ',65,'))
  await assert.rejects(exported(network), { code: 'data-changed' })
  assert.deepEqual([existsSync(outOf(network)), exportsIn(network)], [false, []])
})

test('numbers are kept as long as nothing of them is lost: zeros that codes begin with, long numbers of people', async () => {
  await using network = await openVisits()
  const kept = { rules: withRule('address', { rule: 'keep' }) }
  for (const cell of ['0815', '110101199003071233']) {
    await register(network, visits().replaceAll(/Lane \d+/g, cell))
    await assert.rejects(exported(network, kept), { path: 'address', message: /holds a text/ }, cell)
  }
  for (const [index, cell] of ['0.8444218515250481', '-1.5e-7'].entries()) {
    await register(network, visits().replaceAll(/Lane \d+/g, cell))
    const path = outOf(network, `${index}.csv`)
    await exported(network, { ...kept, path })
    assert.equal(Number((await rowsOf(path))[0]!.address), Number(cell))
  }
})

test('nothing is overwritten, two exports at once make one file, and the log has its counts and digests', async () => {
  await using network = await openVisits()
  const path = outOf(network)
  writeFileSync(path, 'precious')
  await assert.rejects(exported(network), { code: 'already-exists', path: 'path' })
  await assert.rejects(exported(network, { path: network.directory }), { code: 'already-exists' })
  assert.deepEqual([readFileSync(path, 'utf8'), exportsIn(network)], ['precious', []])

  const twice = { path: outOf(network, 'twice.csv') }
  const results = await Promise.allSettled([exported(network, twice), exported(network, twice)])
  assert.deepEqual(results.map(({ status }) => status).sort(), ['fulfilled', 'rejected'])
  const digests = {
    digest: digestOfBytes(readFileSync(twice.path)),
    rules: digestOfJson(parseDeidentificationRules(rules)),
  }
  const entry = { dataset: 'visits', recipient: 'university', ...digests, rows: 48, k: 6, l: 2 }
  assert.deepEqual(exportsIn(network), [entry])

  await network.stopNode('a')
  const create: typeof localFiles.create = () => Promise.reject(new Error('the disk is full'))
  await network.startNode('a', { files: { ...localFiles, create } })
  const later = { path: outOf(network, 'later.csv') }
  await assert.rejects(exported(network, later), { code: 'internal' })
  assert.deepEqual([existsSync(later.path), exportsIn(network).length], [false, 2])
  const left = readdirSync(network.directory).filter(name => name.includes('.part'))
  assert.deepEqual(left, [])
})

test('pictures leave without metadata and names, and without any claim', async () => {
  await using network = await openVisits()
  const folder = outOf(network, 'skin')
  for (const [index, name] of ['benign/muster-anna', 'benign/x', 'malign/muster-anna'].entries()) {
    const path = join(folder, `${name}.png`)
    mkdirSync(join(path, '..'), { recursive: true })
    const pixels = Uint8Array.from({ length: 16 }, (_, at) => at * 10 + index)
    await writeGreyImage(path, pixels, { height: 4, width: 4 })
    if (name.includes('anna')) appendFileSync(path, 'Anna Muster')
  }
  const source = { kind: 'image-folder', path: folder, height: 4, width: 4, channels: 1 } as const
  await network.addDataset('a', { dataset: 'skin', source, validation: 0 })
  const path = outOf(network, 'skin-out')
  const asked = { dataset: 'skin', rules: null, path }
  await assert.rejects(exported(network, { ...asked, rules }), { code: 'input-invalid', path: 'rules' })
  await assert.rejects(checked(network, { dataset: 'skin', rules: null }), { message: /no such report/ })
  const view = await exported(network, asked)
  assert.ok(view.kind === 'pictures')
  assert.deepEqual([view.pictures, view.removed], [3, [{ what: 'trailing bytes', pictures: 2 }]])
  assert.equal(view.anonymity, null)
  const filesIn = (at: string): string[] =>
    (readdirSync(at, { recursive: true }) as string[]).filter(name => name.endsWith('.png'))
  assert.deepEqual(
    filesIn(path)
      .map(name => basename(name))
      .sort(),
    ['1.png', '2.png', '3.png'],
  )
  const [before, after] = [await readDataset(source), await readDataset({ ...source, path })]
  assert.ok(before.kind === 'images' && after.kind === 'images')
  const pixels = ({ pixels, labels }: typeof before): string[] =>
    sorted(labels.map((label, index) => [label, [...pixels.subarray(index * 16, index * 16 + 16)]]))
  assert.deepEqual(pixels(after), pixels(before), 'the same pixels in the same classes')
  const isNamed = (at: string): boolean =>
    filesIn(at).some(name => /muster/i.test(name + readFileSync(join(at, name), 'latin1')))
  assert.deepEqual([isNamed(folder), isNamed(path)], [true, false])
  await assert.rejects(exported(network, asked), { code: 'already-exists' })
  const entry = { dataset: 'skin', recipient: 'university', digest: view.digest, pictures: 3 }
  assert.deepEqual(exportsIn(network), [entry])
})

test('at the command line: a report, a refusal with what to generalise, a file', async () => {
  await using network = await openVisits()
  const files = { good: rules, close: withRule('born', { rule: 'shorten-date', to: 'month' }) }
  for (const [name, content] of Object.entries(files))
    writeFileSync(outOf(network, `${name}.yaml`), JSON.stringify(content))
  writeFileSync(outOf(network, 'names.txt'), `${names.join('\n')}\n`)
  const command = (name: keyof typeof files, ...more: string[]) => {
    const line = ['dataset', 'export', 'visits', '--rules', outOf(network, `${name}.yaml`), ...more]
    return consort('--data', join(network.directory, 'a'), ...line, '--recipient', 'university')
  }
  const out = ['--out', outOf(network), '--names', outOf(network, 'names.txt')]
  const [report, refused, done] = await Promise.all([
    command('close'),
    command('close', '--lang', 'zh', '--out', outOf(network, 'close.csv')),
    command('good', ...out, '--json'),
  ])
  assert.equal(report.code, 6, report.err)
  assert.match(report.out, /k \(persons\) +5 +1 +✗\nl \(diagnosis\) +2 +1 +✗[\s\S]*born +24 +0\n/)
  assert.equal(refused.code, 3)
  assert.match(refused.err, /k \(人数\) +5 +1 +✗[\s\S]*处理建议：[\s\S]*Generalise born/)
  assert.equal(existsSync(outOf(network, 'close.csv')), false)
  assert.equal(done.code, 0, done.err)
  const view = JSON.parse(done.out) as ExportView
  assert.equal(view.digest, digestOfBytes(readFileSync(outOf(network))))
  assert.equal((await rowsOf(view.path))[0]!.notes!.startsWith('[name-1]'), true)
})
