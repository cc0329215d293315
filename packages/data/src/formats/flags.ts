import { z } from 'zod'

/** A sentence of the command line's help in the languages that it speaks. */
export interface HelpText {
  readonly en: string
  readonly zh: string
}

/** An option of the command line. */
export interface Flag<Value> {
  /** As commander takes it, e.g. `--csv <file>`. */
  readonly spelling: string
  readonly help: HelpText
  readonly value: z.ZodType<Value>
}

/** What an operator gave for a flag; undefined where it was left out. */
export type Given = <Value>(flag: Flag<Value>) => Value | undefined

/** How an operator names the files of a format. */
export interface SourceFlags<Written> {
  /** Says where the records are. Formats of one sort of file may share it. */
  readonly files: Flag<string> | Flag<string[]>
  readonly others: readonly (Flag<string> | Flag<boolean>)[]
  /** Tells whether this format is meant, where several share the flag above; the one without it is meant otherwise. */
  readonly isMeant?: (given: Given) => boolean
  /** The source that the flags describe, its paths as they were given. Throws `input-invalid` for what is missing. */
  readonly sourceOf: (given: Given) => Written
}

/** A flag that takes one text. */
export function textFlag(spelling: string, help: HelpText): Flag<string> {
  return { spelling, help, value: z.string() }
}

/** A flag that takes several texts, one after the other. */
export function textsFlag(spelling: string, help: HelpText): Flag<string[]> {
  return { spelling, help, value: z.array(z.string()) }
}

/** A flag that is given or not. */
export function switchFlag(spelling: string, help: HelpText): Flag<boolean> {
  return { spelling, help, value: z.boolean() }
}

/** How messages call a flag: `--csv`. */
export function flagName({ spelling }: { readonly spelling: string }): string {
  return spelling.split(' ')[0]!
}

/** Each flag once. Throws where two flags have one name: the command line could not tell which of them was given. */
export function distinctFlags<One extends Pick<Flag<unknown>, 'spelling'>>(flags: readonly One[]): One[] {
  const distinct = [...new Set(flags)]
  const names = distinct.map(flagName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return distinct
  throw new Error(
    `Two formats have a flag ${twice} of their own: flags with the same name are one object, which formats share as those in packages/data/src/formats/table-flags.ts`,
  )
}
