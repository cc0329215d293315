/** The lines of a text that comes in parts. Only line feeds end one: a text in JSON may hold every other separator. */
export async function* linesOf(parts: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let begun = ''
  for await (const part of parts) {
    const lines = (begun + part).split('\n')
    begun = lines.pop() ?? ''
    yield* lines
  }
  if (begun !== '') yield begun
}
