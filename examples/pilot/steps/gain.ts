import assert from 'node:assert/strict'
import type { Comparison } from '@consort/protocol'
import type { Step } from '../pilot.ts'

export const gain: Step = {
  title: 'Who gains? Own, shared and fine-tuned model at each hospital, on its own held-out records',
  async run({ hospitals, model, say, scenario }) {
    const percent = ({ value, low, high }: Comparison['accuracy']['own']): string =>
      `${(100 * value).toFixed(1)} (${(100 * low).toFixed(0)}-${(100 * high).toFixed(0)})`
    say(`${'hospital'.padEnd(12)} ${'n'.padStart(4)}  ${'own'.padEnd(15)}${'shared'.padEnd(15)}fine-tuned`)
    for (const [name, site] of hospitals) {
      const { records, accuracy, recommendation } = await site.consort<Comparison>(
        'model',
        'compare',
        model,
        '--dataset',
        scenario.schema.dataset,
      )
      assert.ok(records > 10 && accuracy.shared.low < accuracy.shared.value)
      say(
        `${name.padEnd(12)} ${String(records).padStart(4)}  ${percent(accuracy.own).padEnd(15)}${percent(accuracy.shared).padEnd(15)}${percent(accuracy.fineTuned).padEnd(15)} ${recommendation}`,
      )
    }
  },
}
