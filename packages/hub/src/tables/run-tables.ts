import type { RunState } from '@consort/federation'
import type { Exposure, OpenedSum } from '@consort/privacy'
import type { Digest, Id, Manifest, Recipe, RoundView } from '@consort/protocol'
import type { Json } from '@consort/storage'
import type { RoundCandidate } from './round-candidate.ts'

/**
 * Read and written by `runs/run-store.ts`, `runs/round-store.ts`, `runs/version-store.ts` and
 * `runs/condensed/condensed-run-store.ts` alone.
 */
export interface RunTables {
  run: {
    id: Id<'run'>
    idempotency_key: string
    name: string
    recipe: Json<Recipe>
    recipe_digest: Digest
    /** The recipe's. */
    dataset: string
    roster_digest: Digest
    agreement_digest: Digest | null
    /** Names of the only members that take part; null for everyone. */
    only_members: Json<readonly string[]> | null
    state: Json<RunState>
    revision: number
    /** The version that the current round starts from. */
    version: Id<'version'>
    created: string
    ended: string | null
    bytes_up: number
    bytes_down: number
    /** 1 once `condensed_run` stands for all of its rounds, tasks and sums, and none of them is left. */
    emptied: 0 | 1
  }
  round: {
    run: Id<'run'>
    round: number
    alpha: number
    candidates: Json<readonly RoundCandidate[]>
    started: string
    ended: string | null
    version: Id<'version'> | null
  }
  version: {
    id: Id<'version'>
    run: Id<'run'>
    round: number
    name: string
    weights: Json<Manifest>
    created: string
    published: 0 | 1
    /** The current version of its name: the one to use. */
    present: 0 | 1
    /** Whether its weights are still there. */
    kept: 0 | 1
  }
  /** What stays of a run that ended long ago, in place of its rounds, tasks and sums. */
  condensed_run: {
    run: Id<'run'>
    /** The round of its result, or its last one; null where none began. */
    round: Json<RoundView> | null
    /** What its opened sums said together with those before. */
    exposures: Json<readonly Exposure[]>
    /** Who was in its opened sums. */
    sums: Json<readonly CondensedSum[]>
  }
  /** The data cards that its tasks were about. */
  condensed_card: { run: Id<'run'>; member: Id<'member'>; card: Id<'card'>; part: CardPart }
}

/** The last of a run's opened sums over the same members. */
export type CondensedSum = Pick<OpenedSum, 'round' | 'survivors'>

/** What a run did with the records of a card: they are in its result, were trained on in vain, or were only tested. */
export type CardPart = 'in-result' | 'trained' | 'evaluated'

/** A data card that tasks of a run were about. */
export interface CondensedCard {
  readonly member: Id<'member'>
  readonly card: Id<'card'>
  readonly part: CardPart
}
