import { z } from 'zod'
import type { Contradiction } from '../../kind/input-kind.ts'
import { recordKind } from '../../kind/record-kind.ts'
import type { TableFeature } from '../../kind/table-feature.ts'
import { tableData } from './table-data.ts'
import { rowOf, rowSchema, tableContentsSchema, tableInputSchema } from './table-input.ts'
import { tableWidth } from './table-width.ts'

/** Rows of columns. */
export const table = recordKind({
  input: tableInputSchema,
  contents: tableContentsSchema,
  record: rowSchema,
  keptRecord: z.object({
    kind: z.literal('row'),
    cells: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
  }),
  recordKind: 'row',
  shapeOf: ({ features }) => [tableWidth(features)],
  featuresOf: ({ features }) => features,
  columnsOf: ({ columns }) => columns,
  pixelsOf: () => undefined,
  tokensMax: () => undefined,
  contradictions: ({ features }) => contradictionsOf(features),
  data: tableData,
  asked: {
    words: 'a row',
    read: ({ cells }, { features }) =>
      rowOf(
        features.flatMap(({ name }) => (Object.hasOwn(cells, name) ? [[name, cells[name] ?? null]] : [])),
      ),
    full: ({ cells }, { features }) =>
      rowOf(features.map(({ name }) => [name, Object.hasOwn(cells, name) ? cells[name]! : null])),
    leaving: ({ cells }) => ({ as: 'cells', cells, made: own => rowOf(Object.entries(own)) }),
    shown: ({ cells }) => ({ form: 'cells', cells }),
    written: {
      hint: 'Send each record as the text of a JSON object: {"FIELD": 61, "OTHER": "b"}.',
      read(text) {
        try {
          return { kind: 'row', cells: JSON.parse(text) }
        } catch {
          return undefined
        }
      },
    },
  },
  loadCases: () => import('#kinds/table/table-cases'),
  loadTensors: () => import('#kinds/table/table-tensors'),
})

function contradictionsOf(features: readonly TableFeature[]): Contradiction[] {
  const found: Contradiction[] = []
  const names = features.map(feature => feature.name)
  const twice = names.findIndex((name, index) => names.indexOf(name) < index)
  if (twice >= 0) {
    const path = ['input', 'features', twice, 'name']
    found.push({ path, message: `the feature ${names[twice]} is listed twice` })
  }
  for (const [index, feature] of features.entries()) {
    if (feature.kind !== 'category' || new Set(feature.values).size === feature.values.length) continue
    found.push({ path: ['input', 'features', index, 'values'], message: 'a value is listed twice' })
  }
  return found
}
