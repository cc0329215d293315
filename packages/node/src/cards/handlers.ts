import { parseSource } from '@consort/data'
import type { NodeHandlers } from '../caller.ts'
import { listCurrent } from '../datasets/dataset-store.ts'
import { openPatience } from '../hub/promptly.ts'
import type { CardContext } from './context.ts'
import { growDataset } from './grow.ts'
import { datasetView, publish } from './publish.ts'
import { type RegisterContext, registerDataset } from './register.ts'

/** What the operator registers is on disk first; then the hub is told, at once where it answers soon. */
export function cardHandlers(
  context: CardContext,
  registering: RegisterContext,
  wakeOutbox: () => void,
): Pick<NodeHandlers, 'addDataset' | 'listDatasets'> {
  return {
    async addDataset({ body }) {
      const patience = openPatience(context.call)
      const registered = await registerDataset(
        { ...registering, call: patience.call },
        { ...body, source: parseSource(body.source) },
      )
      const grown = await growDataset({ ...registering, database: context.database }, body.dataset)
      const view = await publish(context, grown ?? registered, patience)
      if (!view.published) wakeOutbox()
      return view
    },
    async listDatasets() {
      const { read, unreadable } = await listCurrent(context.database)
      return { datasets: read.map(datasetView), unreadable: unreadable.map(({ dataset }) => dataset) }
    },
  }
}
