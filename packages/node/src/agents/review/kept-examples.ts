import { encodeCase, fullRecord } from '@consort/data'
import type { Id } from '@consort/protocol'
import type { LabelledCase } from '@consort/review'
import type { Predictor } from '@consort/serving'
import type { RegisteredDataset } from '../../datasets/dataset-store.ts'
import type { EmbeddedExamples } from './embedded-examples.ts'

/** A case that people answered and that trains, as a model sees it; null where its recipe cannot read the record. */
export interface EmbeddedCase {
  readonly answered: LabelledCase
  readonly embedding: Float32Array | null
}

/** What one version makes of the records that train in one data set: those of its files and the answered cases. */
export interface KnownExamples {
  readonly files: EmbeddedExamples
  readonly cases: readonly EmbeddedCase[]
}

/** Embedded records in memory: reading and embedding a data set takes seconds. */
export interface KeptExamples {
  /** Throws as `embedExamples` does. */
  of(version: Id<'version'>, row: RegisteredDataset, predictor: Predictor): Promise<KnownExamples>
}

interface Kept {
  readonly readAtMs: number
  readonly files: Promise<EmbeddedExamples>
  /** By the case's id. */
  readonly cases: Map<string, Float32Array | null>
}

/** As many versions and data sets at once; the one that was read first goes first. */
const keptMax = 4
/** What an owner has taken out of the files is shown no longer than this, even if nobody registers them anew. */
const keptMs = 3_600_000
/** Of the answered cases, the last ones. */
const casesMax = 20_000

/** What keeping examples needs. */
export interface ExamplesContext {
  readonly now: () => Date
  /** Reads and embeds the files of a data set: see `embedExamples`. */
  readonly embed: (row: RegisteredDataset, predictor: Predictor) => Promise<EmbeddedExamples>
  /** The answered cases of a data set that train, in the order in which they were closed. */
  readonly answeredCases: (dataset: string) => Promise<readonly LabelledCase[]>
}

/**
 * Keeps examples by version and content, not by data card: an answered case makes a new card, and leaves the files as
 * they are.
 */
export function createKeptExamples(context: ExamplesContext): KeptExamples {
  const kept = new Map<string, Kept>()
  const find = (version: Id<'version'>, row: RegisteredDataset, predictor: Predictor): Kept => {
    const name = JSON.stringify([version, row.dataset, row.source, row.digest, row.validation])
    const nowMs = context.now().getTime()
    const known = kept.get(name)
    if (known && nowMs - known.readAtMs < keptMs) return known
    kept.delete(name)
    if (kept.size >= keptMax) kept.delete(kept.keys().next().value!)
    const read: Kept = { readAtMs: nowMs, files: context.embed(row, predictor), cases: new Map() }
    kept.set(name, read)
    read.files.catch(() => {
      if (kept.get(name) === read) kept.delete(name)
    })
    return read
  }
  return {
    async of(version, row, predictor) {
      const { files, cases } = find(version, row, predictor)
      const read = await files
      const answered = await context.answeredCases(row.dataset)
      const current = answered.slice(0, row.cases).slice(-casesMax)
      const embedded: EmbeddedCase[] = []
      for (const one of current) {
        const known = cases.get(one.id)
        const embedding = known === undefined ? await embedCase(one, predictor) : known
        cases.set(one.id, embedding)
        embedded.push({ answered: one, embedding })
      }
      if (cases.size > 2 * casesMax) cases.clear()
      return { files: read, cases: embedded }
    },
  }
}

/** A case was asked under the recipe of its own version, and another one may want more of it. */
async function embedCase({ record }: LabelledCase, predictor: Predictor): Promise<Float32Array | null> {
  const { recipe } = predictor
  const input = await encodeCase(fullRecord(record, recipe.input), recipe).catch(() => null)
  return input && (await predictor.embed(input, 1))
}
