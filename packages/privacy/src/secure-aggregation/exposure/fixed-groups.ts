import { createHash } from 'node:crypto'
import { Refusal } from '@consort/protocol'

/**
 * Parts members into groups of `groupMin` or a few more, the same for a whole run: strict mode opens only sums of whole
 * groups, so whatever is subtracted from what, no fewer than a group is left. `seed` (say, the run and the digest of
 * the roster) decides by hash who goes with whom: everybody can draw the groups again, and nobody chose them. Against c
 * colluding partners `groupMin` has to be T + c. Names in each group, and groups by their first names, are in order.
 * Throws `input-invalid` for fewer members than one group.
 */
export function drawFixedGroups(
  members: readonly string[],
  { groupMin, seed }: { groupMin: number; seed: string },
): string[][] {
  if (!(Number.isInteger(groupMin) && groupMin >= 1) || members.length < groupMin) {
    throw new Refusal('input-invalid', `${members.length} partners do not make a group of ${groupMin}`, {
      hint: 'Let more partners take part, or do without strict mode.',
    })
  }
  const rank = (name: string): string =>
    createHash('sha256').update(`consort-groups\n${seed}\n${name}`).digest('hex')
  const drawn = members.map(name => [rank(name), name] as const).toSorted(([a], [b]) => (a < b ? -1 : 1))
  const count = Math.floor(members.length / groupMin)
  return Array.from({ length: count }, (_, group) =>
    drawn
      .filter((_, index) => index % count === group)
      .map(([, name]) => name)
      .toSorted(),
  ).toSorted((a, b) => (a[0]! < b[0]! ? -1 : 1))
}

/** Of those who are still there, the members of groups that are whole; in order. The rest count as dropped out. */
export function wholeGroups(present: readonly string[], groups: readonly (readonly string[])[]): string[] {
  return groups
    .filter(group => group.every(name => present.includes(name)))
    .flat()
    .toSorted()
}

export function areWholeGroups(
  survivors: readonly string[],
  groups: readonly (readonly string[])[],
): boolean {
  return wholeGroups(survivors, groups).length === survivors.length
}
