import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import { byCodeUnits } from '../round-context.ts'
import { honestMin } from '../threshold.ts'
import { type Fraction, fraction, isZero, nullSpace, rowEchelon } from './null-space.ts'

/** A sum that was opened: over the weighted updates of these members. */
export interface OpenedSum {
  /** Where it is not the one that is reported on: whoever leaves one run and stays in another is exposed as well. */
  readonly run?: string
  readonly round: number
  readonly survivors: readonly string[]
}

/** What the opened sums together say about fewer members than a sum may be over. */
export interface Exposure {
  /** A combination of these members' updates can be computed; of one member, the update itself. */
  readonly members: readonly string[]
  /** From the sums of these rounds, and from none of these alone. */
  readonly rounds: readonly number[]
  readonly fact: string
}

/** Exposures as they are kept. */
export const exposureSchema = z.object({
  members: z.array(z.string()),
  rounds: z.array(z.int()),
  fact: z.string(),
}) satisfies z.ZodType<Exposure>

/**
 * Who can be isolated by adding and subtracting opened sums, if updates changed little between their rounds: So, Ali,
 * Güler, Jiao, Avestimehr 2021 ("Securing secure aggregation"). Each sum is a row of the incidence matrix (rounds ×
 * members); a combination of members S is exposed if a vector that is zero outside S lies in the row space. A vector
 * lies there iff it is orthogonal to the null space, so S is exposed iff the null space's entries for S, one column a
 * member, are linearly dependent. Exact arithmetic. Lists every minimal S of fewer than `honest` members, by names, and
 * one set of rounds for each.
 *
 * Weights change nothing while they stay the same from round to round: they scale the columns. Updates do drift; hence
 * "up to the drift". Pass what colluding partners may know too as sums of one, and everybody else's position shows.
 * Throws `input-invalid` for a sum over nobody.
 */
export function exposuresOf(
  sums: readonly OpenedSum[],
  { honest = honestMin }: { honest?: number } = {},
): Exposure[] {
  if (sums.some(({ survivors }) => survivors.length === 0))
    throw new Refusal('input-invalid', 'A sum is over nobody')
  const distinct = withoutRepeats(sums)
  const members = [...new Set(distinct.flatMap(({ survivors }) => survivors))].toSorted(byCodeUnits)
  const rows = distinct.map(({ survivors }) =>
    members.map(name => fraction(survivors.includes(name) ? 1n : 0n)),
  )
  const orthogonal = nullSpace(rows, members.length)
  const found: string[][] = []
  for (let size = 1; size < Math.min(honest, members.length + 1); size++) {
    for (const group of subsetsOf(members, size)) {
      if (found.some(smaller => smaller.every(name => group.includes(name)))) continue
      const columns = group.map(name => orthogonal.map(vector => vector[members.indexOf(name)]!))
      if (rowEchelon(columns).rows.length < size) found.push(group)
    }
  }
  return found.map(group => exposureOf(group, { sums: distinct, honest }))
}

/** The last of the sums over the same members. */
function withoutRepeats(sums: readonly OpenedSum[]): OpenedSum[] {
  const byMembers = new Map(sums.map(sum => [sum.survivors.toSorted().join(), sum]))
  return [...byMembers.values()].toSorted(
    (x, y) => byCodeUnits(x.run ?? '', y.run ?? '') || x.round - y.round,
  )
}

function exposureOf(
  group: readonly string[],
  { sums, honest }: { sums: readonly OpenedSum[]; honest: number },
): Exposure {
  let needed = [...sums]
  for (const sum of sums) {
    const fewer = needed.filter(other => other !== sum)
    if (isExposedBy(group, fewer)) needed = fewer
  }
  const rounds = needed.map(({ round }) => round)
  const from = rounds.length === 1 ? 'by the sum of round' : 'up to the drift between rounds'
  const what =
    group.length === 1
      ? `${group[0]}'s update is exposed`
      : `A combination of the updates of ${inWords(group)} is exposed`
  const least = group.length === 1 ? '' : `, fewer than ${honest}`
  const named = needed.map(({ run, round }) => (run === undefined ? round : `${round} of ${run}`))
  return { members: group, rounds, fact: `${what}${least}, ${from} ${inWords(named)}` }
}

/**
 * Whether sums determine a combination over the group, or part of it: rows that are zero outside it, with something
 * within.
 */
function isExposedBy(group: readonly string[], sums: readonly OpenedSum[]): boolean {
  const members = [...new Set(sums.flatMap(({ survivors }) => survivors))]
  const others = members.filter(name => !group.includes(name))
  const within = members.filter(name => group.includes(name))
  // Eliminate the others first: a row that is left with its leading 1 within the group is zero outside it.
  const columns = [...others, ...within]
  const rows = sums.map(({ survivors }): Fraction[] =>
    columns.map(name => fraction(survivors.includes(name) ? 1n : 0n)),
  )
  return rowEchelon(rows).rows.some(row => row.findIndex(value => !isZero(value)) >= others.length)
}

function subsetsOf(items: readonly string[], size: number): string[][] {
  if (size === 0) return [[]]
  return items.flatMap((item, index) =>
    subsetsOf(items.slice(index + 1), size - 1).map(rest => [item, ...rest]),
  )
}

function inWords(items: readonly (string | number)[]): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}
