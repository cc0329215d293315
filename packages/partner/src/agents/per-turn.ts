/**
 * Reads once for all that ask within one turn of the event loop: as fresh as if each had read by itself, since nothing else can
 * be written in between, and no dearer for thousands of them.
 */
export function createPerTurn<T>(read: () => Promise<T>): () => Promise<T> {
  let reading: Promise<T> | undefined
  return () => {
    if (reading) return reading
    reading = read()
    setImmediate(() => {
      reading = undefined
    })
    return reading
  }
}
