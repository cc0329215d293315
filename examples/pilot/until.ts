import assert from 'node:assert/strict'

/** Looks again and again until something is there. */
export async function until<T>(
  look: () => Promise<T | undefined>,
  withinMs: number,
  what: string,
): Promise<T> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const found = await look()
    if (found !== undefined) return found
    assert.ok(Date.now() < deadline, `${what} within ${withinMs / 1000} s`)
    await new Promise(resolve => setTimeout(resolve, 300))
  }
}
