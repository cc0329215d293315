import { Refusal } from '@consort/protocol'
import { type Given, textFlag } from '../flags.ts'
import { listed } from '../listed.ts'
import { featuresFlag, labelFlag, missingFlag } from '../table-flags.ts'

const parquetFile = textFlag('--parquet <file>', {
  en: 'a Parquet file with flat columns',
  zh: '各列不嵌套的 Parquet 文件',
})

/** `--parquet FILE --label COLUMN`, and what of it is used. */
export const parquetFlags = {
  files: parquetFile,
  others: [labelFlag, featuresFlag, missingFlag],
  sourceOf(given: Given) {
    const label = given(labelFlag)
    if (label === undefined) {
      throw new Refusal('input-invalid', '--parquet needs --label', {
        hint: 'Name the column that is to be predicted.',
      })
    }
    const [features, missing] = [given(featuresFlag), given(missingFlag)]
    return {
      kind: 'parquet' as const,
      path: given(parquetFile) ?? '',
      label,
      ...(features !== undefined && { features: listed(features) }),
      ...(missing !== undefined && { missing: listed(missing) }),
    }
  },
}
