import { drawFixedGroups, honestMin, type RoundContext, wholeGroups } from '@consort/privacy'
import { type Digest, digestOfManifest, type Manifest, type PublicKey, type Recipe } from '@consort/protocol'

export interface SecureRound {
  readonly agreement: Digest | null
  readonly run: string
  readonly round: number
  readonly attempt: number
  /** Of the version that the round starts from. */
  readonly weights: Manifest
  readonly recipe: Recipe
  readonly recipeDigest: Digest
  readonly roster: Digest
  /** Trained parameters of the model. */
  readonly values: number
  readonly members: readonly {
    readonly name: string
    /** From the countersigned roster. */
    readonly key: PublicKey
    /** From the signed data card. */
    readonly examples: number
  }[]
  /** All partners of the roster, whether they take part or not. */
  readonly partners: readonly string[]
}

/**
 * What the members of a secure sum have to agree on, made by the hub and by each node from what it has checked itself. Nothing of
 * it is taken from anyone's word but who takes part.
 */
export function secureRoundContext(of: SecureRound): RoundContext {
  const { recipe } = of
  const cap = recipe.federation.examplesCap
  const members = of.members
    .map(({ name, key, examples }) => ({ name, key, weight: Math.max(1, Math.min(examples, cap)) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
  const names = members.map(member => member.name)
  const groups = recipe.privacy.strict
    ? groupsOfRun(of).filter(group => group.every(name => names.includes(name)))
    : null
  return {
    kind: 'secure-aggregation',
    agreement: of.agreement,
    run: of.run,
    round: of.round,
    attempt: of.attempt,
    model: digestOfManifest(of.weights),
    recipe: of.recipeDigest,
    roster: of.roster,
    members,
    groups,
    values: of.values,
    clip: recipe.privacy.updateRange,
    weightCap: Math.max(...members.map(({ weight }) => weight)),
  }
}

/** Who of the partners that are there may take part: in strict mode, whole groups only. */
export function secureCohort(
  present: readonly string[],
  of: Pick<SecureRound, 'run' | 'roster' | 'partners' | 'recipe'>,
): readonly string[] {
  return of.recipe.privacy.strict ? wholeGroups(present, groupsOfRun(of)) : present
}

/** The same for a whole run, drawn from the roster by a hash that nobody chose. */
function groupsOfRun({
  run,
  roster,
  partners,
}: Pick<SecureRound, 'run' | 'roster' | 'partners'>): string[][] {
  return drawFixedGroups(partners, { groupMin: honestMin, seed: `${run}\n${roster}` })
}
