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
 * versions did not write yet.
 */
export function jsonColumn<T>(name: string, schema: { parse(value: unknown): T }): JsonColumn<T> {
  const write = (value: T): Json<T> => JSON.stringify(value) as Json<T>
  const read = (text: Json<T>): T => {
    try {
      return schema.parse(JSON.parse(text))
    } catch (cause) {
      if (cause instanceof Refusal) throw cause
      throw new Error(`The column ${name} holds what this version of Consort cannot read`, { cause })
    }
  }
  return {
    write,
    read,
    writeOrNull: value => (value === null ? null : write(value)),
    readOrNull: text => (text === null ? null : read(text)),
  }
}
