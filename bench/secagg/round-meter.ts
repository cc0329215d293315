import { noTime, sumOf, type Time, timed } from './processor-time.ts'

/** Counts what each node and the hub take in time, and what each node sends and receives. */
export type RoundMeter = {
  node<T>(name: string, act: () => T): Promise<T>
  hub<T>(act: () => T | Promise<T>): Promise<T>
  /** A message as it arrives at the other side, its JSON counted for this node. */
  sent<M>(name: string, message: M): M
  /** Further bytes of this node. */
  count(name: string, bytes: number): void
  /** One stage at several nodes, one after the other. */
  each<T>(names: readonly string[], act: (name: string) => T): Promise<Map<string, T>>
  /** Their messages, taken in by the hub. */
  collect<S, M>(
    state: S,
    from: ReadonlyMap<string, { message: M }>,
    receive: (state: S, message: M) => S,
  ): Promise<S>
  readonly traffic: ReadonlyMap<string, number>
  readonly nodes: ReadonlyMap<string, Time>
  hubTime(): Time
}

export function createRoundMeter(names: readonly string[]): RoundMeter {
  const traffic = new Map(names.map(name => [name, 0]))
  const nodes = new Map(names.map(name => [name, noTime]))
  let hubTime = noTime
  const meter: RoundMeter = {
    node: (name, act) => timed(act, time => nodes.set(name, sumOf(nodes.get(name)!, time))),
    hub: act =>
      timed(act, time => {
        hubTime = sumOf(hubTime, time)
      }),
    sent<M>(name: string, message: M): M {
      const text = JSON.stringify(message)
      meter.count(name, Buffer.byteLength(text))
      return JSON.parse(text) as M
    },
    count: (name, bytes) => traffic.set(name, traffic.get(name)! + bytes),
    async each<T>(of: readonly string[], act: (name: string) => T) {
      const all = new Map<string, T>()
      for (const name of of) all.set(name, await meter.node(name, () => act(name)))
      return all
    },
    collect: (state, from, receive) =>
      meter.hub(() =>
        [...from].reduce((folded, [name, { message }]) => receive(folded, meter.sent(name, message)), state),
      ),
    traffic,
    nodes,
    hubTime: () => hubTime,
  }
  return meter
}
