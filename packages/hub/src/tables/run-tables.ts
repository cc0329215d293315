import type { RunState } from '@consort/federation'
import type { Digest, Id, Manifest, Recipe } from '@consort/protocol'
import type { Json } from '@consort/storage'
import type { RoundCandidate } from './round-candidate.ts'

/** Read and written by `runs/run-store.ts`, `runs/round-store.ts` and `runs/version-store.ts` alone. */
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
}
