import pg from 'pg'

const { INT8, NUMERIC } = pg.types.builtins

/** Reads columns as the embedded database gives them: all integers and sums are numbers. */
export const columnParsers: pg.CustomTypesConfig = {
  getTypeParser: (type, format) =>
    type === INT8 || type === NUMERIC ? exactNumber : pg.types.getTypeParser(type, format ?? 'text'),
}

/** Throws `RangeError` for an integer that a number cannot hold. */
function exactNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new RangeError(`the database holds ${text}, which is no exact number here`)
  }
  return value
}
