import { parseSource } from '@consort/data'
import type { NodeHandlers } from '../caller.ts'
import { promptly } from '../hub/promptly.ts'
import { checkDataset } from './conformance.ts'
import type { DatasetContext } from './context.ts'
import { checkExport, exportRecords } from './export/export-records.ts'

/** Somebody waits for these: a hub that does not answer soon counts as one that cannot be reached. */
export function datasetHandlers(
  context: DatasetContext,
): Pick<NodeHandlers, 'checkDataset' | 'checkExport' | 'exportRecords'> {
  const prompt = (): DatasetContext => ({ ...context, call: promptly(context.call) })
  return {
    checkDataset: ({ body }) => checkDataset(prompt(), { ...body, source: parseSource(body.source) }),
    checkExport: ({ body }) => checkExport(prompt(), body),
    exportRecords: ({ body }) => exportRecords(prompt(), body),
  }
}
