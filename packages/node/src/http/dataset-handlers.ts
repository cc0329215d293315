import type { NodeHandler } from '../caller.ts'
import { growDataset } from '../cards/grow.ts'
import { listDatasets, registerDataset } from '../cards/register.ts'
import { checkDataset } from '../datasets/conformance.ts'
import { checkExport, exportRecords } from '../datasets/export/export-records.ts'

/** What the handlers of data sets hand on to the rooms below them. */
export type DatasetContext = Parameters<typeof registerDataset>[0] &
  Parameters<typeof growDataset>[0] &
  Parameters<typeof listDatasets>[0] &
  Parameters<typeof checkDataset>[0] &
  Parameters<typeof checkExport>[0] &
  Parameters<typeof exportRecords>[0]

interface DatasetHandlers {
  readonly addDataset: NodeHandler<'addDataset'>
  readonly checkDataset: NodeHandler<'checkDataset'>
  readonly listDatasets: NodeHandler<'listDatasets'>
  readonly checkExport: NodeHandler<'checkExport'>
  readonly exportRecords: NodeHandler<'exportRecords'>
}

/** Lists what the node answers about its data sets. */
export function datasetHandlers(context: DatasetContext): DatasetHandlers {
  return {
    async addDataset({ body }) {
      const view = await registerDataset(context, body)
      return (await growDataset(context, body.dataset)) ?? view // with the cases that people have answered for it
    },
    checkDataset: ({ body }) => checkDataset(context, body),
    listDatasets: async () => ({ datasets: await listDatasets(context) }),
    checkExport: ({ body }) => checkExport(context, body),
    exportRecords: ({ body }) => exportRecords(context, body),
  }
}
