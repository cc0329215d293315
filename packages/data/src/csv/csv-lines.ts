import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Refusal } from '@consort/protocol'
import { CsvError, type Parser, parse } from 'csv-parse'
import { fileRefusal } from '../file-refusal.ts'
import type { ReadOptions } from '../read-dataset.ts'

export interface CsvFile {
  readonly path: string
  /** By default a tab for .tsv and .tab, else a comma. */
  readonly delimiter?: string | undefined
}

/** Takes the lines of a file one by one, as cells that are not trimmed yet. */
export interface CsvLines {
  /** `line` is the number of the last line that the row stands on. */
  add(cells: readonly string[], line: number): void
  /** What must begin after the last line that was added, for messages. */
  next(): string
}

const rowBytesMax = 16 * 1024 * 1024

/**
 * Reads comma-, tab- or otherwise separated text (RFC 4180, UTF-8 with or without a byte order mark); empty lines
 * are passed over. Throws `data-unreadable`, and what `lines` throws.
 */
export async function readCsvLines(
  file: CsvFile,
  lines: CsvLines,
  { signal, onProgress }: ReadOptions = {},
): Promise<void> {
  const parser = createParser(file, lines)
  try {
    const { size } = await stat(file.path)
    const text = decode(file.path, bytes => onProgress?.(Math.min(1, bytes / size)))
    await pipeline(createReadStream(file.path), text, parser, { signal })
  } catch (error) {
    if (error instanceof CsvError) throw quoteRefusal(file, lines)
    throw fileRefusal(file.path, error)
  }
}

function createParser(file: CsvFile, lines: CsvLines): Parser {
  const delimiter = file.delimiter ?? (/^\.(tsv|tab)$/i.test(extname(file.path)) ? '\t' : ',')
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
    on_record: (record: string[], info) => {
      lines.add(record, info.lines)
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
function quoteRefusal(file: CsvFile, lines: CsvLines): Refusal {
  return new Refusal('data-unreadable', `${file.path}, ${lines.next()}: the double quotes do not match`, {
    hint: 'A cell that begins with a double quote ends with one and holds quotes only in pairs; others hold none.',
  })
}
