import { textFlag } from '../flags.ts'

/** Names a file of separated text, whichever format reads it. */
export const csvFile = textFlag('--csv <file>', {
  en: 'a CSV or TSV file with a header line',
  zh: '带表头的 CSV 或 TSV 文件',
})
