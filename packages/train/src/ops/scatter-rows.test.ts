import assert from 'node:assert/strict'
import test from 'node:test'
import { Tensor } from 'onnxruntime-node'
import { openSession } from '../executor/session.ts'
import { Graph } from '../graph/graph.ts'
import { encodeGraph } from '../onnx/encode-graph.ts'
import { scatterRows } from './movement.ts'

for (const threads of [1, 2]) {
  test(`no row is lost where many meet, in ${threads} threads`, async () => {
    const [count, width, rows] = [20_000, 16, 3]
    const graph = new Graph()
    const [indices, updates] = [
      graph.input('indices', [count], 'int64'),
      graph.input('updates', [count, width]),
    ]
    graph.output('sum', scatterRows(indices, updates, rows))
    const session = await openSession(encodeGraph(graph), threads)
    const feeds = {
      indices: new Tensor(
        'int64',
        BigInt64Array.from({ length: count }, (_, index) => BigInt(index % rows)),
        [count],
      ),
      updates: new Tensor('float32', new Float32Array(count * width).fill(1), [count, width]),
    }
    for (let run = 0; run < 5; run++) {
      const { sum } = await session.run(feeds)
      const expected = [6667, 6667, 6666].flatMap(hits => new Array<number>(width).fill(hits))
      assert.deepEqual(Array.from(sum!.data as Float32Array), expected)
    }
    await session.release()
  })
}
