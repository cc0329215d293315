import { writeFileSync } from 'node:fs'
import type { AgreementTerms, RecipeInput, TableSchema } from '@consort/protocol'
import type { Site } from './setting/site.ts'

export const hospitals = ['cleveland', 'hungarian', 'switzerland', 'va'] as const
export type Hospital = (typeof hospitals)[number]
/** A hospital, or the registry, which evaluates only. */
export type Holder = Hospital | 'registry'

/** Whose data the ten steps run on. */
export interface Scenario {
  readonly terms: AgreementTerms
  readonly recipe: RecipeInput
  /** What the terms say about the data. */
  readonly schema: TableSchema
  readonly classes: readonly string[]
  /** Each holder's records as it writes them, a line each; `newPatients` come to Cleveland after the training. */
  readonly lines: Readonly<Record<Holder | 'newPatients', readonly string[]>>
  /** Each holder's mapping to the schema, as YAML. */
  readonly mappings: Readonly<Record<Holder, string>>
  /**
   * In numbers that nobody else would write, in every number column: found outside the hospitals, a record has got out.
   */
  readonly canaries: readonly string[]
  readonly canaryLines: Readonly<Record<Hospital, string>>
  /** A record of Cleveland's that carries a text in the place of every code. */
  readonly codedLine: (text: string) => string
  /** Where Switzerland records what is missing as 0, and what its mapping says about it. */
  readonly trap: { readonly field: string; readonly remedy: string }
  /** What makes Cleveland's mapping wrong, and what the refusal names. */
  readonly mistakes: readonly {
    readonly from: string | RegExp
    readonly to: string
    readonly names: RegExp
  }[]
  /** ε that each hospital lets be lost of a record. */
  readonly budget: number
  /** What pooling must find for one field. */
  readonly scale: { readonly field: string; readonly center: Range; readonly scale: Range }
}

export type Range = readonly [min: number, max: number]

/** Stands in a column of codes, where no column of numbers could hold it. */
export const textCanary = 'canary-8d1f03be5c2a4e67'

/** Gives everyone their own records. */
export function dealRecords(scenario: Scenario, siteOf: (holder: Holder) => Site): void {
  const write = (holder: Holder, name: string, lines: readonly string[]): void =>
    writeFileSync(siteOf(holder).file(name), `${lines.join('\n')}\n`)
  for (const hospital of hospitals) {
    write(hospital, 'records.csv', [...scenario.lines[hospital], scenario.canaryLines[hospital]])
  }
  write('registry', 'records.csv', scenario.lines.registry)
  write('cleveland', 'new-patients.csv', scenario.lines.newPatients)
}
