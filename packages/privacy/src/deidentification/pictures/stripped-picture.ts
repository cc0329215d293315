/** A picture that is decoded to the same pixels and holds nothing beside them. */
export interface StrippedPicture {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly format: 'jpeg' | 'png'
  /**
   * EXIF's orientation that was taken out, 1 to 8; null where none was given. Above 1 the pixels lie otherwise
   * than they were shown, and who shows them has to turn them (6: a quarter to the right).
   */
  readonly orientation: number | null
  /** What was taken out, in the order of the file: names of segments or chunks, `trailing bytes`. */
  readonly removed: readonly string[]
}
