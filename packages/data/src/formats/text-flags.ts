import { Refusal } from '@consort/protocol'
import { type Flag, type Given, textFlag } from './flags.ts'
import { listed } from './listed.ts'
import { labelFlag } from './table-flags.ts'

/** Names the columns that are read as the text of a record. */
export const textColumnsFlag = textFlag('--text <columns>', {
  en: 'columns that are read as the text, separated by commas',
  zh: '作为文本读取的列，以逗号分隔',
})

/** The text and the label of the file that `files` names. Throws `input-invalid` for what is missing. */
export function textFields(given: Given, files: Flag<string>) {
  const [text, label] = [given(textColumnsFlag), given(labelFlag)]
  if (text === undefined || label === undefined) {
    throw new Refusal('input-invalid', 'Texts need --text and --label', {
      hint: 'Name the columns that are read, and the column that is to be predicted: --text subject,body --label kind.',
    })
  }
  return { path: given(files) ?? '', text: listed(text), label }
}
