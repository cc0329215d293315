import { type Dataset, labelAt } from '@consort/records'

/** The labels of all records, as they are written. */
export function labelsOf(dataset: Dataset): string[] {
  return Array.from({ length: dataset.count }, (_, index) => labelAt(dataset, index))
}
