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
 * What the members of a secure sum have to agree on, made by the hub and by each node from what it has checked itself.
 * Nothing of it is taken from anyone's word but who takes part.
 */
export function secureRoundContext(of: SecureRound): RoundContext {
  const { recipe } = of
  const members = weighed(of.members, recipe.federation.examplesCap)
  const names = members.map(member => member.name)
  const groups = recipe.privacy.strict
    ? groupsOf(of).filter(group => group.every(name => names.includes(name)))
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

/**
 * By examples up to the cap, and nobody by more than all others together: the sum would be little else than its update.
 * In the order of names.
 */
function weighed(members: SecureRound['members'], cap: number): RoundContext['members'] {
  const weights = members.map(({ examples }) => Math.max(1, Math.min(examples, cap)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  return members
    .map(({ name, key }, place) => ({
      name,
      key,
      weight: Math.min(weights[place]!, total - weights[place]!),
    }))
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Who of the partners that are there may take part: in strict mode, whole groups only. */
export function secureCohort(
  present: readonly string[],
  of: Pick<SecureRound, 'roster' | 'partners' | 'recipe'>,
): readonly string[] {
  return of.recipe.privacy.strict ? wholeGroups(present, groupsOf(of)) : present
}

/** The same for all runs, drawn from the roster by a hash: other groups in another run would show their difference. */
function groupsOf({ roster, partners }: Pick<SecureRound, 'roster' | 'partners'>): string[][] {
  return drawFixedGroups(partners, { groupMin: honestMin, seed: roster })
}
