/** Octets in base64, where there need be no Node. */
export function base64Of(octets: Uint8Array): string {
  let text = ''
  for (let at = 0; at < octets.length; at += atOnce)
    text += String.fromCharCode(...octets.subarray(at, at + atOnce))
  return btoa(text)
}

/** What a text in base64 stands for. */
export function octetsOf(base64: string): Uint8Array {
  const text = atob(base64)
  const octets = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) octets[at] = text.charCodeAt(at)
  return octets
}

/** A call takes no more arguments. */
const atOnce = 2 ** 15
