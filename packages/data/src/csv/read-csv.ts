import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Refusal } from '@consort/protocol'
import { CsvError, type Parser, parse } from 'csv-parse'
import type { TableDataset } from '../dataset.ts'
import { fileRefusal } from '../file-refusal.ts'
import type { ReadOptions } from '../read-dataset.ts'
import type { CsvSource } from './csv-header.ts'
import { type CsvRows, createCsvRows } from './csv-rows.ts'

const rowBytesMax = 16 * 1024 * 1024

/**
 * Reads comma-, tab- or otherwise separated text (RFC 4180, UTF-8 with or without a byte order mark) with a
 * header line. Cells are trimmed; an empty one, or one of `source.missing`, is not recorded.
 * 750,000 cells take half a second. Throws `data-unreadable` and `label-missing`.
 */
export async function readCsv(
  source: CsvSource,
  { signal, onProgress }: ReadOptions = {},
): Promise<TableDataset> {
  const rows = createCsvRows(source)
  const parser = createParser(source, rows)
  try {
    const { size } = await stat(source.path)
    const text = decode(source.path, bytes => onProgress?.(Math.min(1, bytes / size)))
    await pipeline(createReadStream(source.path), text, parser, { signal })
  } catch (error) {
    if (error instanceof CsvError) throw quoteRefusal(source, rows)
    throw fileRefusal(source.path, error)
  }
  return rows.build()
}

function createParser(source: CsvSource, rows: CsvRows): Parser {
  const delimiter = source.delimiter ?? (/^\.(tsv|tab)$/i.test(extname(source.path)) ? '\t' : ',')
  if (/["\r\n]/.test(delimiter)) {
    throw new Refusal('data-unreadable', 'A quote or a line break cannot separate cells', {
      path: 'delimiter',
    })
  }
  return parse({
    delimiter,
    record_delimiter: ['\r\n', '\n', '\r'],
    skip_empty_lines: true,
    relax_column_count: true,
    max_record_size: rowBytesMax,
    on_record: (record: string[], { lines }) => {
      rows.add(record, lines)
      return null
    },
  })
}

/** Bytes to text; refuses what is not UTF-8, so that a wrong encoding does not become wrong categories. */
function decode(path: string, onBytes: (bytes: number) => void) {
  const decoder = new TextDecoder('utf-8', { fatal: true })
  const textOf = (chunk?: Uint8Array): string => {
    try {
      return decoder.decode(chunk, { stream: chunk !== undefined })
    } catch {
      throw new Refusal('data-unreadable', `${path} is not UTF-8 text`, {
        hint: 'Save it again as "CSV UTF-8"; export spreadsheets and unpack archives first.',
      })
    }
  }
  return async function* (chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
    let bytes = 0
    for await (const chunk of chunks) {
      yield textOf(chunk)
      bytes += chunk.length
      onBytes(bytes)
    }
    yield textOf()
  }
}

/** In place of the parser's own error, which quotes the row: that must not reach a log. */
function quoteRefusal(source: CsvSource, rows: CsvRows): Refusal {
  return new Refusal('data-unreadable', `${source.path}, ${rows.next()}: the double quotes do not match`, {
    hint: 'A cell that begins with a double quote ends with one and holds quotes only in pairs; others hold none.',
  })
}
