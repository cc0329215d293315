import {
  columnsOf,
  type DataCard,
  featuresOf,
  type MemberRole,
  nearNames,
  type Recipe,
  Refusal,
} from '@consort/protocol'

/** A member and what its current card of the recipe's data set says; null where it has published none. */
export interface CardOfMember {
  readonly name: string
  readonly role: MemberRole
  readonly card: Pick<DataCard, 'role' | 'trainExamples' | 'contents'> | null
}

/** A member whose card lacks columns that the recipe asks for, in the recipe's order. */
export interface LackingColumns {
  readonly name: string
  readonly columns: string[]
}

/**
 * Checks that partners whose cards have all columns of the recipe, and partners that may still register, are enough
 * for it, and that each column is on the card of somebody who trains. `members` are those that the run may ask. Throws
 * `data-mismatch` with the columns, who lacks them and the nearest names.
 */
export function checkColumns(recipe: Recipe, members: readonly CardOfMember[]): void {
  const wanted = featuresOf(recipe.input).map(({ name }) => name)
  if (wanted.length === 0) return
  const partners = members.filter(({ role }) => role === 'partner')
  const holders = partners.filter(({ card }) => card?.role === 'train' && card.trainExamples > 0)
  if (holders.length === 0) return
  const lacking = columnsLacking(recipe, members)
  const known = new Set(holders.flatMap(columnsHeld))
  const unknown = wanted.filter(name => !known.has(name))
  if (unknown.length > 0) {
    const what = unknown.length === 1 ? 'column' : 'columns'
    const without = lacking.map(({ name }) => name).join(', ')
    const why = `No registered data card of “${recipe.dataset}” has the ${what} ${listed(unknown)}; without them: ${without}`
    throw mismatch(wanted, unknown, { why, known: [...known] })
  }
  const unfit = holders.filter(({ name }) => lacking.some(member => member.name === name))
  const needed = recipe.federation.partnersMin
  if (unfit.length === 0 || partners.length - unfit.length >= needed) return
  const fit = holders.filter(member => !unfit.includes(member)).map(({ name }) => name)
  const has = `${fit.length === 0 ? 'nobody' : `only ${fit.join(', ')}`} ${fit.length > 1 ? 'have' : 'has'}`
  const why = `The recipe needs ${needed} partners, and ${has} all its columns: ${lacking.map(lackText).join('; ')}`
  const lacked = new Set(lacking.flatMap(({ columns }) => columns))
  const missed = wanted.filter(name => lacked.has(name))
  throw mismatch(wanted, missed, { why, known: unfit.flatMap(columnsHeld) })
}

/** Lists the members whose card is there and lacks columns of the recipe: they cannot do its tasks. */
export function columnsLacking({ input }: Recipe, members: readonly CardOfMember[]): LackingColumns[] {
  const wanted = featuresOf(input).map(({ name }) => name)
  return members.flatMap(member => {
    if (member.card === null) return []
    const there = new Set(columnsHeld(member))
    const columns = wanted.filter(name => !there.has(name))
    return columns.length === 0 ? [] : [{ name: member.name, columns }]
  })
}

function columnsHeld({ card }: CardOfMember): readonly string[] {
  return card === null ? [] : columnsOf(card.contents)
}

function lackText({ name, columns }: LackingColumns): string {
  return `${name} lacks ${listed(columns)}`
}

function mismatch(
  wanted: readonly string[],
  missed: readonly string[],
  { why, known }: { why: string; known: readonly string[] },
): Refusal {
  const columns = [...new Set(known)]
  const near = missed.slice(0, lookedUpMax).flatMap(name => {
    const names = nearNames(name, columns)
    return names.length === 0 ? [] : [`For ${name}, did you mean ${names.join(' or ')}?`]
  })
  const there =
    columns.length === 0 ? 'Their cards have no columns.' : `Those cards have: ${listed(columns)}.`
  const advice = 'Name the columns in the recipe as the cards do, or have the data set registered anew.'
  const path = `input.features[${wanted.indexOf(missed[0]!)}].name`
  return new Refusal('data-mismatch', why, { path, hint: [...near, there, advice].join(' ') })
}

const namedMax = 12

/** For how many names near ones are looked up: each search is work, and what is searched comes from members. */
const lookedUpMax = 3

function listed(names: readonly string[]): string {
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : ''
  return `${names.slice(0, namedMax).join(', ')}${more}`
}
