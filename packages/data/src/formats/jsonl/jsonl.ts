import { z } from 'zod'
import { textFlag } from '../flags.ts'
import { format } from '../format.ts'
import { pathField } from '../source-fields.ts'
import { labelFlag } from '../table-flags.ts'
import { textColumnFields, textsStay } from '../text-fields.ts'
import { textColumnsFlag, textFields } from '../text-flags.ts'

const jsonlFile = textFlag('--jsonl <file>', {
  en: 'a file of JSON objects, one a line: texts or conversations',
  zh: '每行一个 JSON 对象的文件：文本或对话',
})

/** Texts and conversations as JSON objects, one a line. */
export const jsonl = format({
  schema: z.strictObject({ kind: z.literal('jsonl'), path: pathField, ...textColumnFields }),
  paths: ['path'],
  flags: {
    files: jsonlFile,
    others: [textColumnsFlag, labelFlag],
    sourceOf: given => ({ kind: 'jsonl' as const, ...textFields(given, jsonlFile) }),
  },
  exports: textsStay,
  async open(source) {
    const [{ readJsonLines }, { textsOf }] = await Promise.all([
      import('../../texts/read-json-lines.ts'),
      import('../../texts/text-source.ts'),
    ])
    return {
      read: async options => textsOf(await readJsonLines(source.path, options), source),
      hasColumns: true,
    }
  },
})
