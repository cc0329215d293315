import { Refusal } from '@consort/protocol'
import { type Flag, type Given, textFlag } from './flags.ts'
import { listed } from './listed.ts'

/** Names the column to predict, whichever format of tables reads it: flags with the same name are one object. */
export const labelFlag = textFlag('--label <column>', { en: 'column to predict', zh: '要预测的列' })

export const featuresFlag = textFlag('--features <columns>', {
  en: 'columns to use, separated by commas; all others by default',
  zh: '使用的列，以逗号分隔；默认为其余全部',
})

export const missingFlag = textFlag('--missing <cells>', {
  en: 'cells that mean “not recorded”, separated by commas',
  zh: '表示“未记录”的单元格，以逗号分隔',
})

/** What is used of the table in the file that `files` names. Throws `lacking` as `input-invalid` without a label. */
export function tableFieldsOf(
  given: Given,
  files: Flag<string>,
  lacking: { readonly message: string; readonly hint: string },
) {
  const label = given(labelFlag)
  if (label === undefined) throw new Refusal('input-invalid', lacking.message, { hint: lacking.hint })
  const [features, missing] = [given(featuresFlag), given(missingFlag)]
  return {
    path: given(files) ?? '',
    label,
    ...(features !== undefined && { features: listed(features) }),
    ...(missing !== undefined && { missing: listed(missing) }),
  }
}
