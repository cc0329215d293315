import { textAt } from '../../columns/column.ts'
import { columnOf } from '../../columns/column-of.ts'
import { concatColumns } from '../../columns/concat-columns.ts'
import type { SparseRows } from '../../examples/sparse-rows.ts'
import type { Chosen, ContentAt, DataKind, LabelledRecord } from '../../kind/data-kind.ts'
import { bagOfWords } from './bag-of-words.ts'
import { type TextDataset, textName } from './text-dataset.ts'
import type { TextTypes, WordsInput } from './text-input.ts'
import { textTokens } from './text-tokens.ts'
import { wordsInput } from './words-input.ts'

/** Texts, which a model sees by their words, or by the tokens of its base. */
export const textData: DataKind<TextTypes> = {
  words: 'texts',
  recordName: textName,
  labelAt: ({ label }, index) => textAt(label, index)!,
  labelsOf: ({ label }) => label,
  encode({ texts }, input, { rows }) {
    const words = wordsInput(input)
    const width = words.tokenizer.buckets
    const inputs = new Float32Array(rows.length * width)
    rows.forEach((row, place) => {
      const { slots, values } = bagOfWords(texts[row]!, words)
      slots.forEach((slot, at) => {
        inputs[place * width + slot] = values[at]!
      })
    })
    return inputs
  },
  stream: (data, input, chosen) =>
    input.tokenizer.kind === 'base' ? textTokens(data, chosen) : textBags(data, wordsInput(input), chosen),
  contentsOf: () => ({ kind: 'text' }),
  recordContent: ({ texts, label }) => {
    const head = `${JSON.stringify({ kind: 'text' })}\n`
    return index => ({ head, body: JSON.stringify([texts[index]!, textAt(label, index)]) })
  },
  unitContent,
  columnNamed(data, name) {
    const column = data.columns.find(candidate => candidate.name === name)
    return column && (index => textAt(column.cells, index))
  },
  bytesOfExample: (_, { tokenizer, lengthMax }) =>
    4 * (tokenizer.kind === 'base' ? lengthMax : tokenizer.buckets),
  growing: { alone, joined },
}

/** Of each text the few numbers that are not 0. */
function* textBags({ texts }: TextDataset, input: WordsInput, { rows }: Chosen): Generator<void, SparseRows> {
  const bags: ReturnType<typeof bagOfWords>[] = []
  for (const row of rows) {
    bags.push(bagOfWords(texts[row]!, input))
    if (bags.length % pauseEvery === 0) yield
  }
  return sparseOf(bags)
}

const pauseEvery = 256

function sparseOf(bags: readonly ReturnType<typeof bagOfWords>[]): SparseRows {
  const starts = new Int32Array(bags.length + 1)
  for (const [index, { slots }] of bags.entries()) starts[index + 1] = starts[index]! + slots.length
  const slots = new Int32Array(starts.at(-1)!)
  const values = new Float32Array(starts.at(-1)!)
  for (const [index, bag] of bags.entries()) {
    slots.set(bag.slots, starts[index]!)
    values.set(bag.values, starts[index]!)
  }
  return { starts, slots, values }
}

/**
 * Of all columns of the file with their names, as a row of a table has it: which of them are read as the text makes no
 * new units.
 */
function unitContent({ columns }: TextDataset): ContentAt {
  const sorted = columns.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return index => ({
    head: 'record\n',
    body: JSON.stringify(sorted.map(({ name, cells }) => [name, textAt(cells, index)])),
  })
}

/** Of a case nothing is known but its text and its label. */
function alone(data: TextDataset, cases: readonly LabelledRecord<TextTypes['record']>[]): TextDataset {
  const texts = cases.map(({ record }) => record.text)
  const label = columnOf(cases.map(({ label }) => label))
  const written = columnOf(texts.map(text => (text === '' ? null : text)))
  const nothing = columnOf(texts.map(() => null))
  const columns = data.columns.map(({ name }) => ({
    name,
    cells: name === data.labelName ? label : name === data.textName ? written : nothing,
  }))
  return { ...data, count: texts.length, texts, label, columns }
}

function joined(data: TextDataset, cases: readonly LabelledRecord<TextTypes['record']>[]): TextDataset {
  if (cases.length === 0) return data
  const added = alone(data, cases)
  return {
    ...data,
    count: data.count + added.count,
    texts: [...data.texts, ...added.texts],
    label: concatColumns(data.label, added.label),
    columns: data.columns.map(({ name, cells }, place) => ({
      name,
      cells: concatColumns(cells, added.columns[place]!.cells),
    })),
  }
}
