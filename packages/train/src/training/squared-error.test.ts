import assert from 'node:assert/strict'
import test from 'node:test'
import { gradients } from '../autodiff/gradients.ts'
import { Graph } from '../graph/graph.ts'
import { evaluate } from '../metrics/evaluate.ts'
import { assertClose, numbers, runGraph } from '../testing/run-graph.ts'
import { lossValue } from './losses.ts'

const classes = 3
const labels = Int32Array.of(2, 0, 1, 0)
/** The last row is padding. */
const weights = Float32Array.of(1 / 3, 1 / 3, 1 / 3, 0)

/** Said in other words, in float64. */
function squaredErrorOf(scores: Float64Array): number {
  return [...weights].reduce((sum, weight, row) => {
    const powers = Array.from(scores.subarray(row * classes, (row + 1) * classes), Math.exp)
    const total = powers.reduce((all, power) => all + power)
    const distances = powers.map((power, column) => power / total - (column === labels[row] ? 1 : 0))
    return sum + weight * distances.reduce((all, distance) => all + distance ** 2, 0)
  }, 0)
}

test('the squared error of classes and its gradient are those of central differences', async () => {
  const graph = new Graph()
  const scores = graph.input('scores', [4, classes])
  const loss = lossValue('squared-error', {
    scores,
    labels: graph.input('labels', [4, 1], 'int32'),
    weights: graph.input('weights', [4, 1]),
  })
  const [gradient] = gradients(loss, [scores])
  graph.output('loss', loss)
  graph.output('gradient', gradient!)
  const given = numbers([4, classes], 3, -2, 2)
  const values = await runGraph(graph, { scores: given, labels, weights })
  const exact = Float64Array.from(given)
  assertClose(values.loss!, [squaredErrorOf(exact)], 1e-6, 'loss')
  const step = 1e-5
  const expected = Array.from(exact, (_, place) => {
    const moved = [step, -step].map(by => squaredErrorOf(exact.with(place, exact[place]! + by)))
    return (moved[0]! - moved[1]!) / (2 * step)
  })
  assertClose(values.gradient!, expected, 1e-6, 'gradient')

  const scored = { scores: given.subarray(0, 9), outputs: classes, labels: labels.subarray(0, 3) }
  const told = evaluate('squared-error', scored).values
  assert.ok(Math.abs(told.loss! - squaredErrorOf(exact)) < 1e-6)
  assert.equal(told.accuracy, evaluate('cross-entropy', scored).values.accuracy)
})
