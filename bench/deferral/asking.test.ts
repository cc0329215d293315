import assert from 'node:assert/strict'
import test from 'node:test'
import { createRandom } from '@consort/protocol'
import { classes, images } from '../guarantee/cifar-files.ts'
import { askingRules, curveOf, fitRule, labelsAt } from './asking.ts'
import { drawSplit, type Material, rowsOf } from './split.ts'

/** As many images as in the race, made up: a model that is right in 80 %, people in 90 %. */
function madeUp(): Material {
  const uniform = createRandom(1).uniform
  const labels = Uint8Array.from({ length: images }, () => Math.floor(classes * uniform()))
  const counts = new Uint8Array(images * classes)
  const opinion = new Float64Array(images * classes)
  for (let image = 0; image < images; image++) {
    const right = labels[image]!
    for (let person = 0; person < 12; person++) {
      counts[image * classes + (uniform() < 0.9 ? right : Math.floor(classes * uniform()))]!++
    }
    const said = uniform() < 0.8 ? right : Math.floor(classes * uniform())
    for (let k = 0; k < classes; k++) opinion[image * classes + k] = k === said ? 3 * uniform() : 0
  }
  return { opinions: [opinion, opinion], counts, labels }
}

test('a split is made of copies: images once each, people as often as they chose, nothing written back', () => {
  const material = madeUp()
  const before = material.counts.slice()
  const { calibration, test: tested, choices } = drawSplit(material, 3)
  assert.equal(new Set([...calibration, ...tested]).size, images)
  const chosen = new Uint8Array(classes)
  for (const choice of choices[17]!) chosen[choice]!++
  assert.deepEqual(chosen, material.counts.slice(17 * classes, 18 * classes))
  rowsOf(material.counts, calibration).fill(0)
  assert.deepEqual(material.counts, before)
})

test('asking more makes it right more often, audits are counted, and labels are read off between two points', () => {
  const material = madeUp()
  const split = drawSplit(material, 4)
  const curve = curveOf(fitRule(askingRules.plain, material, split), split.test, material, split)
  assert.ok(curve.right.at(-1)! > 0.97 && curve.right[0]! < 0.95)
  assert.ok(curve.labels.every((labels, step) => step === 0 || labels >= curve.labels[step - 1]!))
  const audited = { ...askingRules.plain, audited: 0.5 }
  const dearer = curveOf(fitRule(audited, material, split), split.test, material, split)
  assert.ok(dearer.labels[0]! - curve.labels[0]! > 0.02)
  const line = { labels: Float64Array.of(0, 0.1, 0.3), right: Float64Array.of(0.9, 0.95, 0.97) }
  assert.ok(Math.abs(labelsAt(line, 0.96) - 0.2) < 1e-12)
  assert.ok(Number.isNaN(labelsAt(line, 0.98)))
})
