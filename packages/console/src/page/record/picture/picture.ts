/** Pictures smaller than this are enlarged, in CSS pixels on the longer side. */
const sideMax = 400

/** PNG or JPEG, by the first bytes of the file in base64. */
export function mediaTypeOf(file: string): 'image/png' | 'image/jpeg' {
  return file.startsWith('/9j/') ? 'image/jpeg' : 'image/png'
}

/**
 * By how much to enlarge a picture of so many pixels, to `most` CSS pixels on the longer side: a whole number, so that
 * all pixels are equal squares.
 */
export function enlargement(width: number, height: number, most = sideMax): number {
  const side = Math.max(width, height)
  return side === 0 ? 1 : Math.max(1, Math.floor(most / side))
}
