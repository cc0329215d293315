import { monitorEventLoopDelay } from 'node:perf_hooks'
import { waitingCounts } from '@consort/review'
import { type Counter, createMetrics, type Histogram, type Metrics, waitingWebhooks } from '@consort/serving'
import type { Kysely } from 'kysely'
import type { AllTables } from '../../tables/agent-tables.ts'

/** What a node counts while it serves; nothing in it says anything of a record or of who asked. */
export interface NodeMetrics extends Pick<Metrics, 'render'> {
  /** By agent, version, decision and reason. */
  readonly questions: Counter
  readonly batchRows: Histogram
  /** By route and status. */
  readonly requestSeconds: Histogram
}

const secondBounds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]
const rowBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256]

/** Everything that `GET /metrics` tells. Ends with the stack. */
export function openNodeMetrics(stack: AsyncDisposableStack, database: Kysely<AllTables>): NodeMetrics {
  const metrics = createMetrics()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  delay.enable()
  stack.defer(() => void delay.disable())
  metrics.reading('consort_cases_waiting', 'Cases that wait for a person.', 'gauge', () =>
    waitingCases(database, 'defer'),
  )
  metrics.reading('consort_audits_waiting', 'Answers that wait for a person to look at them.', 'gauge', () =>
    waitingCases(database, 'answer'),
  )
  metrics.reading('consort_webhooks_waiting', 'Webhooks that have not arrived yet.', 'gauge', async () => [
    { value: await waitingWebhooks(database) },
  ])
  metrics.reading(
    'consort_event_loop_delay_seconds',
    'How late timers were since this was last fetched, by percentile.',
    'gauge',
    () => {
      const samples = [50, 99, 100].map(percentile => ({
        labels: { percentile: String(percentile) },
        value: delay.percentile(percentile) / 1e9,
      }))
      delay.reset()
      return samples
    },
  )
  metrics.reading('process_resident_memory_bytes', 'Memory that the process holds.', 'gauge', () => [
    { value: process.memoryUsage.rss() },
  ])
  metrics.reading('process_cpu_seconds_total', 'Processor time that the process has used.', 'counter', () => {
    const { user, system } = process.cpuUsage()
    return [{ value: (user + system) / 1e6 }]
  })
  return {
    questions: metrics.counter(
      'consort_questions_total',
      'Questions that agents took, by what they decided.',
    ),
    batchRows: metrics.histogram('consort_model_batch_rows', 'Records in one run of a model.', rowBounds),
    requestSeconds: metrics.histogram('consort_request_seconds', 'How long requests took.', secondBounds),
    render: metrics.render,
  }
}

async function waitingCases(database: Kysely<AllTables>, action: 'defer' | 'answer') {
  const counts = await waitingCounts(database, action)
  return counts.map(({ agent, count }) => ({ labels: { agent }, value: count }))
}
