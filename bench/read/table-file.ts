import { closeSync, openSync, writeSync } from 'node:fs'

export interface TableSize {
  readonly rows: number
  readonly columns: number
}

/** Columns of numbers with four decimals between −1 and 1, and a label of two classes that depends on them. */
export function writeTableFile(path: string, { rows, columns }: TableSize): void {
  const file = openSync(path, 'w')
  const uniform = createUniform(12_345)
  writeSync(file, `${namesOf(columns).join(',')},state\n`)
  let text = ''
  for (let row = 0; row < rows; row++) {
    let sum = uniform() - 0.5
    for (let column = 0; column < columns; column++) {
      const value = 2 * uniform() - 1
      sum += value * ((column % 3) - 1)
      text += `${value.toFixed(4)},`
    }
    text += sum > 0 ? 'ill\n' : 'well\n'
    if (text.length > 1 << 20 || row === rows - 1) {
      writeSync(file, text)
      text = ''
    }
  }
  closeSync(file)
}

export function namesOf(columns: number): string[] {
  return Array.from({ length: columns }, (_, column) => `f${column}`)
}

/** Numerical Recipes' linear congruential generator: good enough for digits. */
function createUniform(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 2 ** 32
  }
}
