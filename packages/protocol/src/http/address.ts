import { Refusal } from '@consort/basics'
import type { Endpoint } from './endpoint.ts'

/** The parts of an input that go into an address. */
export interface AddressParts {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: Readonly<Record<string, unknown>>
}

/**
 * Path and query of a call, e.g. `/v1/runs/run_1?wait=10`, without the origin. What is undefined in the query is left
 * out. Throws `input-invalid` for a parameter that would change the path: an empty one, `.` or `..`.
 */
export function addressOf(endpoint: Pick<Endpoint, 'path'>, { params, query }: AddressParts = {}): string {
  const path = endpoint.path.replace(/:(\w+)/g, (_, name: string) => {
    const value = params?.[name] ?? ''
    if (/^\.{0,2}$/.test(value))
      throw new Refusal('input-invalid', `“${value}” is no ${name}`, { path: name })
    return encodeURIComponent(value)
  })
  const words = new URLSearchParams()
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value !== undefined) words.set(name, String(value))
  }
  return words.size === 0 ? path : `${path}?${words}`
}
