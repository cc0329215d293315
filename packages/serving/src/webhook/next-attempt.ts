/** What an attempt came to: an HTTP status, or nothing when nobody answered. */
export type AttemptStatus = number | undefined

export type AfterAttempt =
  | { readonly state: 'delivered' | 'given-up' }
  | { readonly state: 'waiting'; readonly inMs: number }

const second = 1000
const minute = 60 * second
const hour = 60 * minute

/** How long to wait after each attempt that failed, as Standard Webhooks proposes: for two days and a half. */
export const retryDelaysMs: readonly number[] = [
  5 * second,
  30 * second,
  5 * minute,
  30 * minute,
  2 * hour,
  5 * hour,
  10 * hour,
  14 * hour,
  24 * hour,
]

/** `attempts` counts this one. A receiver that says 410 (gone) is not asked again. */
export function afterAttempt(
  status: AttemptStatus,
  attempts: number,
  delaysMs: readonly number[] = retryDelaysMs,
): AfterAttempt {
  if (status !== undefined && status >= 200 && status < 300) return { state: 'delivered' }
  const inMs = delaysMs[attempts - 1]
  if (status === 410 || inMs === undefined) return { state: 'given-up' }
  return { state: 'waiting', inMs }
}
