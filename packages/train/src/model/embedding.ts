import { featuresOf, featureWidth, type InputSpec, type TableFeature } from '@consort/protocol'
import type { Value } from '../graph/graph.ts'
import { add, cast, max, min, mul } from '../ops/elementwise.ts'
import { matmul } from '../ops/linear.ts'
import { concat, flatten, gather, integers, reshape, slice } from '../ops/movement.ts'

/** Where an embedding finds the columns of a table in an example [features], and their rows in its weights. */
export interface EmbeddedColumns {
  /** Places of what is no category and passes through. */
  readonly numbers: readonly number[]
  readonly categories: readonly {
    readonly offset: number
    /** How many places, of which at most one is 1. */
    readonly width: number
    /** Its first place has this row, the next one the next. */
    readonly firstRow: number
  }[]
  readonly rows: number
}

/** No categories for other inputs. With `shared`, columns that mean the same by each of their places share rows. */
export function embeddedColumns(input: InputSpec, { shared }: { shared: boolean }): EmbeddedColumns {
  const numbers: number[] = []
  const categories: EmbeddedColumns['categories'][number][] = []
  const firstRows = new Map<string, number>()
  let [offset, rows] = [0, 0]
  for (const feature of featuresOf(input)) {
    const width = featureWidth(feature)
    if (feature.kind === 'number') {
      for (let place = offset; place < offset + width; place++) numbers.push(place)
    } else {
      const meaning = shared ? meaningOf(feature) : feature.name
      const firstRow = firstRows.get(meaning) ?? rows
      if (firstRow === rows) rows += width
      firstRows.set(meaning, firstRow)
      categories.push({ offset, width, firstRow })
    }
    offset += width
  }
  return { numbers, categories, rows }
}

function meaningOf({ values, missing, unknown }: Extract<TableFeature, { kind: 'category' }>): string {
  return JSON.stringify([values, missing === 'indicator', unknown === 'indicator'])
}

/**
 * [B, features] → [B, numbers + categories · d]: the numbers, then for each category the row of `weight` [rows, d] that
 * belongs to its value, or zeros where nothing is recorded. That is what a product with the category's 0/1 features
 * would be, without the product. Whatever the input holds, only rows of the category's own are looked up.
 */
export function embedded(input: Value, weight: Value, columns: EmbeddedColumns): Value {
  const { graph } = input
  const { numbers, categories } = columns
  const [batch, count] = [input.shape[0]!, categories.length]
  const read = categories.map(({ offset, width }) => {
    const places = graph.constant(
      Float32Array.from({ length: 2 * width }, (_, index) => (index % 2 === 0 ? 1 : index >> 1)),
      [width, 2],
    )
    return matmul(slice(input, [{ axis: 1, start: offset, count: width }]), places)
  })
  // [B, categories, 2]: whether anything is recorded, and in which place
  const pairs = reshape(concat(read, 1), [batch, count, 2])
  const isRecorded = slice(pairs, [{ axis: 2, start: 0, count: 1 }])
  const place = reshape(slice(pairs, [{ axis: 2, start: 1, count: 1 }]), [batch, count])
  const first = integers(
    graph,
    categories.map(({ firstRow }) => firstRow),
  )
  const last = integers(
    graph,
    categories.map(({ width }) => width - 1),
  )
  // Cast before it is bounded: what is not finite becomes some whole number.
  const row = max(min(cast(place, 'int64'), last), integers(graph, [0]))
  const rows = gather(weight, add(row, first))
  const vectors = flatten(mul(rows, isRecorded))
  return numbers.length === 0 ? vectors : concat([gather(input, integers(graph, numbers), 1), vectors], 1)
}
