/** Labels of one time series, by name. */
export type Labels = Readonly<Record<string, string>>

export interface Counter {
  add(labels?: Labels, by?: number): void
}

export interface Histogram {
  observe(value: number, labels?: Labels): void
}

export type ReadSamples = () => Promise<readonly Sample[]> | readonly Sample[]

export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

/** What a process counts, for Prometheus to fetch. */
export interface Metrics {
  /** `name` ends in `_total`. */
  counter(name: string, help: string): Counter
  /** `bounds`: upper bounds of the buckets, rising; one for all that is above is added. */
  histogram(name: string, help: string, bounds: readonly number[]): Histogram
  /** Looked at when it is fetched: what goes up and down, or what something else counts. */
  reading(name: string, help: string, kind: 'gauge' | 'counter', read: ReadSamples): void
  /** In the text exposition format 0.0.4 (prometheus.io, `exposition_formats`). */
  render(): Promise<string>
}

/** Of what `render` gives. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

interface Family {
  readonly name: string
  readonly help: string
  readonly kind: 'counter' | 'histogram' | 'gauge'
  readonly lines: () => Promise<string[]> | string[]
}

export function createMetrics(): Metrics {
  const families: Family[] = []
  return {
    counter(name, help) {
      const series = new Map<string, number>()
      families.push({
        name,
        help,
        kind: 'counter',
        lines: () => [...series].map(([labels, value]) => `${name}${labels} ${value}`),
      })
      return {
        add(labels = {}, by = 1) {
          const key = labelText(labels)
          series.set(key, (series.get(key) ?? 0) + by)
        },
      }
    },
    histogram(name, help, bounds) {
      const series = new Map<string, Distribution>()
      families.push({
        name,
        help,
        kind: 'histogram',
        lines: () => [...series.values()].flatMap(one => distributionLines(name, bounds, one)),
      })
      return {
        observe(value, labels = {}) {
          const key = labelText(labels)
          const known = series.get(key) ?? { labels, counts: bounds.map(() => 0), sum: 0, count: 0 }
          series.set(key, known)
          const bucket = bounds.findIndex(bound => value <= bound)
          if (bucket >= 0) known.counts[bucket]! += 1
          known.sum += value
          known.count += 1
        },
      }
    },
    reading(name, help, kind, read) {
      const lines = async (): Promise<string[]> =>
        (await read()).map(({ labels = {}, value }) => `${name}${labelText(labels)} ${value}`)
      families.push({ name, help, kind, lines })
    },
    async render() {
      const parts = await Promise.all(
        families.map(async ({ name, help, kind, lines }) => [
          `# HELP ${name} ${help}`,
          `# TYPE ${name} ${kind}`,
          ...(await lines()),
        ]),
      )
      return `${parts.flat().join('\n')}\n`
    },
  }
}

interface Distribution {
  readonly labels: Labels
  /** In each bucket alone. */
  readonly counts: number[]
  sum: number
  count: number
}

function distributionLines(
  name: string,
  bounds: readonly number[],
  { labels, counts, sum, count }: Distribution,
): string[] {
  let below = 0
  const buckets = bounds.map((bound, index) => {
    below += counts[index]!
    return `${name}_bucket${labelText({ ...labels, le: String(bound) })} ${below}`
  })
  return [
    ...buckets,
    `${name}_bucket${labelText({ ...labels, le: '+Inf' })} ${count}`,
    `${name}_sum${labelText(labels)} ${sum}`,
    `${name}_count${labelText(labels)} ${count}`,
  ]
}

function labelText(labels: Labels): string {
  let pairs = ''
  for (const name in labels) pairs += `${pairs === '' ? '' : ','}${name}="${escaped(labels[name]!)}"`
  return pairs === '' ? '' : `{${pairs}}`
}

function escaped(value: string): string {
  if (!/[\\"\n]/.test(value)) return value
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')
}
