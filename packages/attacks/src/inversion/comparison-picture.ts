/** Grey pixels, `height` × `width`, 0 is black. */
export interface GreyPicture {
  readonly pixels: Uint8Array
  readonly height: number
  readonly width: number
}

/** Between pictures, in pixels. */
const gap = 2

/**
 * Rows of pictures of one shape ([channels, height, width], 0 … 1; colours become their mean) below each other:
 * originals and what became of them. What is undefined stays grey.
 */
export function comparisonPicture(
  rows: readonly (readonly (Float32Array | undefined)[])[],
  [channels, height, width]: readonly [number, number, number],
): GreyPicture {
  const columns = Math.max(...rows.map(row => row.length))
  const total = { height: rows.length * (height + gap) + gap, width: columns * (width + gap) + gap }
  const pixels = new Uint8Array(total.height * total.width).fill(128)
  for (const [down, row] of rows.entries()) {
    for (const [across, picture] of row.entries()) {
      if (!picture) continue
      const corner = (gap + down * (height + gap)) * total.width + gap + across * (width + gap)
      for (let place = 0; place < height * width; place++) {
        let sum = 0
        for (let channel = 0; channel < channels; channel++) sum += picture[channel * height * width + place]!
        const at = corner + Math.floor(place / width) * total.width + (place % width)
        pixels[at] = Math.round(255 * Math.min(1, Math.max(0, sum / channels)))
      }
    }
  }
  return { pixels, ...total }
}
