import { z } from 'zod'
import { recordKind } from '../../kind/record-kind.ts'
import { textData } from './text-data.ts'
import { textContentsSchema, textInputSchema, textRecord, textRecordSchema } from './text-input.ts'

/** Texts: letters, notes, conversations. */
export const text = recordKind({
  input: textInputSchema,
  contents: textContentsSchema,
  record: textRecordSchema,
  keptRecord: z.object({ kind: z.literal('text'), text: z.string() }),
  recordKind: 'text',
  shapeOf: ({ tokenizer, lengthMax }) => [tokenizer.kind === 'base' ? lengthMax : tokenizer.buckets],
  featuresOf: () => [],
  columnsOf: () => [],
  pixelsOf: () => undefined,
  tokensMax: ({ tokenizer, lengthMax }) => (tokenizer.kind === 'base' ? lengthMax : undefined),
  contradictions: () => [],
  data: textData,
  asked: {
    words: 'a text',
    read: record => record,
    full: record => record,
    /** A name can stand anywhere in a text: no rule by field finds it. */
    leaving: () => ({ as: 'nothing' }),
    shown: ({ text }) => ({ form: 'text', text }),
    written: { hint: 'Send each text as it is.', read: textRecord },
  },
  loadCases: () => import('#kinds/text/text-cases'),
  loadTensors: () => import('#kinds/text/text-tensors'),
})
