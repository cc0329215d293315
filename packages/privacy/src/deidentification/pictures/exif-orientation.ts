const orientationTag = 0x0112
const shortType = 3

/**
 * The orientation in a TIFF block as EXIF has it (Exif 2.32, §4.6.4): 1 to 8, or null where it is not given or the
 * block is broken, which is no reason to keep it.
 */
export function exifOrientation(tiff: Uint8Array): number | null {
  const view = new DataView(tiff.buffer, tiff.byteOffset, tiff.byteLength)
  const order = view.byteLength >= 8 ? view.getUint16(0) : 0
  const isLittle = order === 0x4949
  if ((!isLittle && order !== 0x4d4d) || view.getUint16(2, isLittle) !== 42) return null
  const directory = view.getUint32(4, isLittle)
  if (directory + 2 > view.byteLength) return null
  const entries = view.getUint16(directory, isLittle)
  for (let entry = 0; entry < entries; entry++) {
    const at = directory + 2 + 12 * entry
    if (at + 12 > view.byteLength) return null
    if (view.getUint16(at, isLittle) !== orientationTag) continue
    const value = view.getUint16(at + 8, isLittle)
    return view.getUint16(at + 2, isLittle) === shortType && value >= 1 && value <= 8 ? value : null
  }
  return null
}
