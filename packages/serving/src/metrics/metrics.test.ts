import assert from 'node:assert/strict'
import test from 'node:test'
import { createMetrics } from './metrics.ts'

test('counters, gauges and histograms are written as Prometheus reads them', async () => {
  const metrics = createMetrics()
  const asked = metrics.counter('asked_total', 'Questions.')
  const seconds = metrics.histogram('seconds', 'How long.', [0.1, 1])
  metrics.reading('waiting', 'Cases.', 'gauge', async () => [
    { labels: { agent: 'a' }, value: 3 },
    { value: 0.5 },
  ])
  asked.add({ agent: 'a', reason: 'sure' })
  asked.add({ agent: 'a', reason: 'sure' }, 2)
  asked.add({ agent: 'b "quoted" \\ and\nbroken', reason: '' })
  for (const value of [0.05, 0.1, 0.5, 7]) seconds.observe(value, { route: '/x' })
  assert.equal(
    await metrics.render(),
    `# HELP asked_total Questions.
# TYPE asked_total counter
asked_total{agent="a",reason="sure"} 3
asked_total{agent="b \\"quoted\\" \\\\ and\\nbroken",reason=""} 1
# HELP seconds How long.
# TYPE seconds histogram
seconds_bucket{route="/x",le="0.1"} 2
seconds_bucket{route="/x",le="1"} 3
seconds_bucket{route="/x",le="+Inf"} 4
seconds_sum{route="/x"} 7.65
seconds_count{route="/x"} 4
# HELP waiting Cases.
# TYPE waiting gauge
waiting{agent="a"} 3
waiting 0.5
`,
  )
})

test('what was never counted is described, and has no series', async () => {
  const metrics = createMetrics()
  metrics.counter('asked_total', 'Questions.')
  assert.equal(await metrics.render(), '# HELP asked_total Questions.\n# TYPE asked_total counter\n')
})
