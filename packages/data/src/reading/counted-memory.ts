import type { Column } from '@consort/records'
import type { TableReading } from '../formats/table-reading.ts'
import { columnsOf } from './table-reading.ts'
import { arraysOf } from './thread-messages.ts'

const counted = new WeakMap<TableReading, ArrayBuffer>()

/**
 * Lets the garbage collector see what a reading takes. V8 doesn't count memory that threads share, so that it would see
 * no reason to collect: twenty tables of 400 MB that nobody needs any more were found to take 8 GB. A buffer of equal
 * length that lives as long as the reading is counted instead; nobody writes to it, so that it takes no memory itself.
 */
export function countShared(reading: TableReading): void {
  const buffers = new Set(columnsOf(reading).flatMap(sharedOf))
  const bytes = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0)
  counted.set(reading, new ArrayBuffer(bytes))
}

function sharedOf(column: Column): ArrayBufferLike[] {
  return arraysOf(column)
    .map(({ buffer }) => buffer)
    .filter(buffer => !(buffer instanceof ArrayBuffer))
}
