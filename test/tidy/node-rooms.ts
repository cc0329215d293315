import type { ImportEdge } from './circles.ts'

/** The rooms of the node's package, ground first: each imports only from those above it in this list. */
const rooms = [
  'tables',
  'policy',
  'hub',
  'concurrency',
  'datasets',
  'ledgers',
  'cards',
  'settlement',
  'sums',
  'surveys',
  'training',
  'consultation',
  'agents/promise',
  'agents/versions',
  'agents/registry',
  'agents/ask',
  'agents/review',
  'agents/report',
  'http',
]

/**
 * Imports of the node's package that run against the order of its rooms. Files outside of rooms are ground, or on top.
 */
export function againstRoomOrder(edges: readonly ImportEdge[]): string[] {
  return edges.filter(([from, to]) => roomOf(to) > roomOf(from)).map(([from, to]) => `${from} → ${to}`)
}

/** The place in the order; NaN, which is neither above nor below, for a file that stands in no room. */
function roomOf(path: string): number {
  const inside = path.replace('packages/node/src/', '')
  if (inside === path) return Number.NaN
  const room = rooms.findIndex(name => inside.startsWith(`${name}/`))
  return room < 0 ? Number.NaN : room
}
