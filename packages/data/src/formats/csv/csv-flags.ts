import { Refusal } from '@consort/protocol'
import { type Given, textFlag } from '../flags.ts'
import { csvFile } from './csv-file.ts'

const labelFlag = textFlag('--label <column>', { en: 'column to predict', zh: '要预测的列' })
const featuresFlag = textFlag('--features <columns>', {
  en: 'columns to use, separated by commas; all others by default',
  zh: '使用的列，以逗号分隔；默认为其余全部',
})
const missingFlag = textFlag('--missing <cells>', {
  en: 'cells that mean “not recorded”, separated by commas',
  zh: '表示“未记录”的单元格，以逗号分隔',
})

/** `--csv FILE --label COLUMN`, and what of it is used. */
export const csvFlags = {
  files: csvFile,
  others: [labelFlag, featuresFlag, missingFlag],
  sourceOf(given: Given) {
    const label = given(labelFlag)
    if (label === undefined) {
      throw new Refusal('input-invalid', '--csv needs --label or --mapping', {
        hint: 'Name the column that is to be predicted, or the mapping to the agreed schema.',
      })
    }
    const [features, missing] = [given(featuresFlag), given(missingFlag)]
    return {
      kind: 'csv' as const,
      path: given(csvFile) ?? '',
      label,
      ...(features !== undefined && { features: listOf(features) }),
      ...(missing !== undefined && { missing: listOf(missing) }),
    }
  },
}

function listOf(text: string): string[] {
  return text.split(',').map(part => part.trim())
}
