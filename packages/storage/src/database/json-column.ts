import { Refusal } from '@consort/protocol'

declare const held: unique symbol

/** The text of a column that holds a `T` as JSON. Only a `JsonColumn` makes and reads it. */
export type Json<T> = string & { readonly [held]: T }

/** How one JSON column is written, and read through its schema: in the store that owns the column, and nowhere else. */
export interface JsonColumn<T> {
  readonly write: (value: T) => Json<T>
  /** Throws the schema's own refusal, or an `Error` that names the column where the text does not fit its schema. */
  readonly read: (text: Json<T>) => T
  readonly writeOrNull: (value: T | null) => Json<T> | null
  readonly readOrNull: (text: Json<T> | null) => T | null
}

/**
 * A JSON column. `name` is table and column, for the error; `schema` checks what is read, and fills in what older
 * versions did not write yet. Where the same texts are read again and again, the last `kept` of them are parsed once:
 * then what is read is one value for all, in which nothing can be changed.
 */
export function jsonColumn<T>(
  name: string,
  schema: { parse(value: unknown): T },
  { kept = 0 }: { readonly kept?: number } = {},
): JsonColumn<T> {
  const write = (value: T): Json<T> => JSON.stringify(value) as Json<T>
  const parse = (text: Json<T>): T => {
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      if (cause instanceof Refusal) throw cause
      throw new Error(`The column ${name} holds what this version of Consort cannot read`, { cause })
    }
  }
  const read = kept === 0 ? parse : keeping(parse, kept)
  return {
    write,
    read,
    writeOrNull: value => (value === null ? null : write(value)),
    readOrNull: text => (text === null ? null : read(text)),
  }
}

/** Remembers what the last `kept` texts were parsed to. */
function keeping<Text, T>(parse: (text: Text) => T, kept: number): (text: Text) => T {
  const known = new Map<Text, T>()
  return text => {
    const before = known.get(text)
    const value = before ?? frozen(parse(text))
    known.delete(text)
    known.set(text, value) // the last one that was read is the last one to go
    const [oldest] = known.keys()
    if (known.size > kept && oldest !== undefined) known.delete(oldest)
    return value
  }
}

/** The value, in which nothing can be changed any more, at any depth. */
function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const inner of Object.values(value)) frozen(inner)
  return value
}
