import assert from 'node:assert/strict'
import test from 'node:test'
import type { AggregationSpec } from '@consort/protocol'
import type { Attack } from '../testing/attacks.ts'
import { openPoisonedFederation } from '../testing/poisoned-federation.ts'

/**
 * The tables of docs/robustness.md: 800 digits at each of ten partners, twenty rounds. Some ten minutes on two idle
 * cores.
 */
const rulesFor = (attackers: number): AggregationSpec[] => [
  { kind: 'weighted-mean' },
  { kind: 'norm-bound' },
  { kind: 'median' },
  { kind: 'trimmed-mean', trim: attackers },
  { kind: 'multi-krum', attackers },
]

const attacks: Record<string, Attack | undefined> = {
  none: undefined,
  'label flip': { kind: 'label-flip' },
  'sign flip': { kind: 'scaled', by: -1 },
  'sign flip ×5': { kind: 'scaled', by: -5 },
  'scaled ×10': { kind: 'scaled', by: 10 },
  'scaled ×100': { kind: 'scaled', by: 100 },
  backdoor: { kind: 'backdoor', by: 1 },
  'backdoor ×10': { kind: 'backdoor', by: 10 },
  'a little, z = 1.5': { kind: 'little', z: 1.5 },
}

for (const split of ['even', 'skewed'] as const) {
  test(`${split} split: accuracy, and share of marked pictures taken for the target, in %`, async t => {
    const federation = await openPoisonedFederation({ split, records: 800, seed: 1 })
    const found = new Map<string, { accuracy: number; backdoor: number }>()
    for (const attackers of [1, 2, 3]) {
      for (const [name, attack] of Object.entries(attacks)) {
        const cells: string[] = []
        for (const rule of rulesFor(attackers)) {
          const outcome = await federation.play({ rule, attackers, ...(attack && { attack }), rounds: 20 })
          found.set(`${attackers} ${name} ${rule.kind}`, outcome)
          cells.push(`${(100 * outcome.accuracy).toFixed(1)} / ${(100 * outcome.backdoor).toFixed(0)}`)
        }
        t.diagnostic(`| ${attackers} | ${name} | ${cells.join(' | ')} |`)
      }
    }
    await federation.close()
    const of = (what: string) => found.get(what)!
    assert.ok(of('1 scaled ×100 weighted-mean').accuracy < 0.3)
    assert.ok(of('3 sign flip ×5 weighted-mean').accuracy < 0.3)
    assert.ok(of('1 backdoor ×10 weighted-mean').backdoor > 0.6)
    for (const rule of ['norm-bound', 'median', 'trimmed-mean', 'multi-krum'])
      assert.ok(of(`1 scaled ×100 ${rule}`).accuracy > 0.75, rule)
    // What does not help, as the page says.
    assert.ok(of('3 backdoor norm-bound').backdoor > 0.6)
    if (split === 'skewed') {
      assert.ok(of('3 backdoor multi-krum').backdoor > 0.6)
      for (const rule of ['norm-bound', 'median', 'trimmed-mean'])
        assert.ok(of(`3 sign flip ${rule}`).accuracy < of(`3 none ${rule}`).accuracy - 0.1, rule)
    }
  })
}
