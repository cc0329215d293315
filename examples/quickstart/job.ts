import type { Language } from '@consort/cli'
import type { DataSourceInput } from '@consort/data'
import type { CaseRecord } from '@consort/protocol'

/** The records of one member, in files of its own. */
export interface Share {
  readonly name: string
  readonly source: DataSourceInput
  readonly count: number
  /** How its records are spread over groups that differ, drawn or in numbers. */
  readonly spread: string
}

/** A record to ask an agent about, and what it is. */
export interface AskedRecord {
  readonly record: CaseRecord
  readonly label: string
  /** How the person who judged it is told which one it was. */
  readonly name: string
}

/** The records of everybody, split by us. */
export interface DealtRecords {
  readonly shares: readonly Share[]
  /** Nobody trains on these. */
  readonly test: Share
  /** Test records that may be shown, in a fixed order. */
  readonly questions: AsyncIterable<AskedRecord> | Iterable<AskedRecord>
  /** Writes one test record for `consort model predict`, and returns its path. */
  readonly sample: () => Promise<string>
}

/** What an agent promises, and what a mistake is worth beside a person's look. */
export interface DeskTerms {
  readonly agent: string
  /** Of what it answers alone at most this share may be wrong, with 90 % confidence. */
  readonly alpha: number
  readonly costs: { readonly error: number; readonly price: number; readonly waiting: number }
  /** Asked about at most. */
  readonly askedMax: number
}

/** What four partners do together: its records, its recipe, its words. */
export interface Job {
  readonly partners: readonly [string, string, string, string]
  readonly dataset: string
  readonly recipe: string
  readonly desk: DeskTerms
  readonly deal: (
    root: string,
    of: { readonly partners: readonly string[]; readonly examiner: string; readonly seed: number },
  ) => Promise<DealtRecords>
  /** Tells precision, recall and F1 of the recipe's second class too. */
  readonly secondClass?: string
  readonly words: Readonly<Record<Language, JobWords>>
}

/** What a job tells in its own words. */
export interface JobWords {
  readonly title: string
  readonly splitting: string
  readonly split: (records: string, seed: number) => string
  readonly header: readonly [string, string, string]
  readonly summary: (test: string) => string
  readonly columns: readonly [string, string, string]
  readonly tryIt: string
  readonly promise: string
  readonly deskAsked: (counts: { asked: number; answered: number; wrong: number; waiting: number }) => string
  readonly deskAnswer: (name: string, said: string, label: string) => string
}
