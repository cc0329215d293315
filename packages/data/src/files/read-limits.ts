import { Refusal } from '@consort/protocol'

/** What a table may be at most; a larger one is refused before it harms the process that reads it. */
export interface ReadLimits {
  readonly columnsMax: number
  readonly cellBytesMax: number
  readonly recordBytesMax: number
  /** What its columns may take in memory. */
  readonly memoryBytesMax: number
  /** What its different texts may take of that: they stand in a heap that has a limit of its own. */
  readonly textBytesMax: number
}

export const defaultLimits: ReadLimits = {
  columnsMax: 10_000,
  cellBytesMax: 2 ** 20,
  recordBytesMax: 2 ** 24,
  memoryBytesMax: 2 ** 31,
  textBytesMax: 2 ** 29,
}

/** The node's setting for `memoryBytesMax`, in MiB. */
const memorySetting = 'CONSORT_READ_MEMORY'

/** Of a table whose columns take, or will take, more than they may. */
export function memoryRefusal(path: string, needed: number, { memoryBytesMax }: ReadLimits): Refusal {
  return new Refusal(
    'data-unreadable',
    `${path}: its columns take some ${inMib(needed)} of memory, and this process reads up to ${inMib(memoryBytesMax)}`,
    {
      hint: `Raise ${memorySetting} (in MiB) where the machine has more memory, leave columns out of the file, or make several data sets of it.`,
    },
  )
}

export function textsRefusal(path: string, { textBytesMax }: Pick<ReadLimits, 'textBytesMax'>): Refusal {
  return new Refusal(
    'data-unreadable',
    `${path}: its different texts take more than ${inMib(textBytesMax)}`,
    {
      hint: 'Leave out columns in which nearly every record has a text of its own, such as notes, or make several data sets of it.',
    },
  )
}

export function columnsRefusal(path: string, where: string, { columnsMax }: ReadLimits): Refusal {
  return new Refusal('data-unreadable', `${path}, ${where}: more than ${columnsMax} columns`, {
    hint: `A table has ${columnsMax} columns at most: leave out those that no recipe uses. Is the delimiter right?`,
  })
}

export function cellRefusal(path: string, where: string, { cellBytesMax }: ReadLimits): Refusal {
  return new Refusal('data-unreadable', `${path}, ${where}: a cell of more than ${inMib(cellBytesMax)}`, {
    hint: 'Leave the column out of the file or shorten its texts. Is a double quote not closed?',
  })
}

export function recordRefusal(path: string, where: string, { recordBytesMax }: ReadLimits): Refusal {
  return new Refusal('data-unreadable', `${path}, ${where}: a record of more than ${inMib(recordBytesMax)}`, {
    hint: 'Leave columns out of the file or shorten their texts. Is a double quote not closed?',
  })
}

function inMib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}
