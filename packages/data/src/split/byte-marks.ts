/** Whether a cell is one of some texts, without making a text of it. */
export type IsMark = (bytes: Uint8Array, start: number, end: number) => boolean

/** Empty texts are left out: an empty cell has no bytes to look at. */
export function createIsMark(texts: readonly string[]): IsMark {
  const marks = texts.filter(text => text !== '').map(text => new TextEncoder().encode(text))
  return (bytes, start, end) => {
    for (const mark of marks) {
      if (mark.length !== end - start || mark[0] !== bytes[start]) continue
      let place = 1
      while (place < mark.length && mark[place] === bytes[start + place]) place++
      if (place === mark.length) return true
    }
    return false
  }
}
