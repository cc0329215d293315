import { z } from 'zod'
import { recordKind } from '../../kind/record-kind.ts'
import { seriesData } from './series-data.ts'
import { samplesSchema, seriesContentsSchema, seriesInputSchema } from './series-types.ts'

/** Series of numbers, such as the curve of a heart: a kind that only a test puts into the table. */
export const series = recordKind({
  input: seriesInputSchema,
  contents: seriesContentsSchema,
  record: samplesSchema,
  keptRecord: z.object({ kind: z.literal('samples'), values: z.array(z.number()) }),
  recordKind: 'samples',
  shapeOf: ({ length }) => [length],
  featuresOf: () => [],
  columnsOf: () => [],
  pixelsOf: () => undefined,
  tokensMax: () => undefined,
  contradictions: () => [],
  data: seriesData,
  asked: {
    words: 'a series',
    read: record => record,
    full: record => record,
    leaving: () => ({ as: 'nothing' }),
    shown: ({ values }) => ({ form: 'cells', cells: Object.fromEntries(values.entries()) }),
    written: {
      hint: 'Send numbers with commas between them.',
      read: text => ({ kind: 'samples', values: text.split(',').map(Number) }),
    },
  },
  loadCases: () => import('#kinds/series/series-cases'),
  loadTensors: () => import('#kinds/series/series-tensors'),
})
