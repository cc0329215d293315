import { parsePart } from '@consort/protocol'
import { z } from 'zod'
import { csv } from './csv/csv.ts'
import { csvText } from './csv-text/csv-text.ts'
import type { Format, OpenSource, SourceExport } from './format.ts'
import { idx } from './idx/idx.ts'
import { imageFolder } from './image-folder/image-folder.ts'
import { jsonl } from './jsonl/jsonl.ts'
import { mapped } from './mapped/mapped.ts'
import { parquet } from './parquet/parquet.ts'

/** Every format, by the kind of its sources. A new one adds its line here, and nothing anywhere else. */
const table = { csv, mapped, parquet, 'csv-text': csvText, jsonl, idx, 'image-folder': imageFolder }

type AnyFormat = (typeof table)[keyof typeof table]

/** Where records lie on the partner's own machine, and how to read them. Never leaves the node. */
export type DataSource = z.output<AnyFormat['schema']>
/** The same as it may be written: what has a default may be left out. */
export type DataSourceInput = z.input<AnyFormat['schema']>

type Sources = { readonly [Kind in DataSource['kind']]: Extract<DataSource, { kind: Kind }> }
type Inputs = { readonly [Kind in DataSource['kind']]: Extract<DataSourceInput, { kind: Kind }> }

/** A format that stands under another kind than its own does not compile. */
const formats: { readonly [Kind in keyof Sources]: Format<Sources[Kind], Inputs[Kind]> } = table

/** All formats, in the order in which the command line's help names them. */
export const allFormats: readonly AnyFormat[] = Object.values(table)

const [first, ...others] = allFormats.map(({ schema }) => schema)

/** Checks a source of any format. */
export const dataSourceSchema = z.discriminatedUnion('kind', [first!, ...others])

/** A source that somebody sent to the node. Throws `input-invalid` with the path of what does not fit its format. */
export function parseSource(value: unknown): DataSource {
  const hint = `A source is one of ${Object.keys(table).join(', ')}; packages/data/README.md says what each takes.`
  return parsePart(dataSourceSchema, value, { part: 'body', at: ['source'], hint })
}

/** Loads the reader of a source. */
export function openSource(source: DataSource): Promise<OpenSource> {
  return boundOf(source).open()
}

/** Tells whether records are translated into the agreed schema, so that reading them takes one. */
export function isTranslated(source: DataSource): boolean {
  return boundOf(source).isTranslated
}

/** How a copy of the records may leave by an operator's hand. */
export function exportOf(source: DataSource): SourceExport {
  return boundOf(source).exports()
}

/** The same source, with each of its paths as `full` makes it. */
export function withPaths(source: DataSource, full: (path: string) => string): DataSource {
  const names: readonly string[] = boundOf(source).paths
  const fields = Object.entries(source).map(([name, value]) => [
    name,
    names.includes(name) && typeof value === 'string' ? full(value) : value,
  ])
  return dataSourceSchema.parse(Object.fromEntries(fields))
}

function boundOf(source: DataSource) {
  return bind(source.kind, source)
}

function bind<Kind extends keyof Sources>(kind: Kind, source: Sources[Kind]) {
  const format = formats[kind]
  return {
    paths: format.paths.map(String),
    isTranslated: format.isTranslated === true,
    exports: () => format.exports(source),
    open: () => format.open(source),
  }
}
