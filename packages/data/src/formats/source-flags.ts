import { Refusal } from '@consort/protocol'
import { distinctFlags, type Flag, flagName, type Given } from './flags.ts'
import { allFormats, type DataSource, parseSource, withPaths } from './formats.ts'

export type { Given } from './flags.ts'

/** The flags of all formats, or of those whose records are translated; one that formats share stands here once. */
export function sourceFlags({ translated = false } = {}): Pick<Flag<unknown>, 'spelling' | 'help'>[] {
  const wanted = allFormats.filter(format => !translated || format.isTranslated)
  return distinctFlags(wanted.flatMap(({ flags: { files, others } }) => [files, ...others]))
}

/**
 * The source that an operator named, each of its paths as `full` makes it. Throws `input-invalid` unless exactly one
 * flag says where the records are, and as the format's own `sourceOf` does.
 */
export function sourceOfFlags(given: Given, full: (path: string) => string): DataSource {
  const all = [...new Set(allFormats.map(({ flags }) => flags.files))]
  const chosen = all.filter(flag => isGiven(flag, given))
  if (chosen.length !== 1) {
    const names = all.map(flagName)
    throw new Refusal(
      'input-invalid',
      `Say where the records are, with exactly one of ${names.slice(0, -1).join(', ')} and ${names.at(-1)}`,
      { hint: 'For example: consort dataset add patients --csv patients.csv --label outcome' },
    )
  }
  const sharing = allFormats.filter(({ flags }) => flags.files === chosen[0]).map(({ flags }) => flags)
  const meant = sharing.find(({ isMeant }) => isMeant?.(given)) ?? sharing.find(({ isMeant }) => !isMeant)
  if (!meant)
    throw new Refusal('input-invalid', `${flagName(chosen[0]!)} alone does not say how to read the file`)
  return withPaths(parseSource(meant.sourceOf(given)), full)
}

function isGiven(flag: Flag<string> | Flag<string[]>, given: Given): boolean {
  return given<string | string[]>(flag) !== undefined
}
