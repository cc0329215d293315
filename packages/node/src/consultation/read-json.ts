/** What the octets of a message say; undefined where they are no JSON. */
export function readJson(octets: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(octets).toString('utf8'))
  } catch {
    return undefined
  }
}
