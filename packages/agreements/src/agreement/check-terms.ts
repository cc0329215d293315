import { type Agreement, digestOfDocument, Refusal, type Roster } from '@consort/protocol'

/** One thing that is wrong with the terms, where, and what to do. */
export interface Fault {
  readonly path: string
  readonly message: string
  readonly hint: string
}

/**
 * Checks what terms must satisfy in themselves before anybody is asked to sign them: they are of the roster's
 * consortium and of this version of the roster, name its partners only, and nothing twice.
 * Throws `agreement-invalid` with the path of the first fault.
 */
export function checkTerms(agreement: Agreement, roster: Roster): void {
  const fault = faultOfTerms(agreement, roster)
  if (fault === null) return
  const { path, message, hint } = fault
  throw new Refusal('agreement-invalid', `${path}: ${message}`, { path, hint })
}

/** The first fault of the terms, or null. */
export function faultOfTerms(agreement: Agreement, roster: Roster): Fault | null {
  for (const faultOf of [
    faultOfOrigin,
    faultOfLanguage,
    faultOfData,
    faultOfStatistics,
    faultOfRecipes,
    faultOfUse,
    faultOfBenefit,
  ]) {
    const fault = faultOf(agreement, roster)
    if (fault !== null) return fault
  }
  return null
}

function faultOfOrigin(agreement: Agreement, roster: Roster): Fault | null {
  if (agreement.consortium !== roster.consortium) {
    return {
      path: 'consortium',
      message: `the terms are of the consortium ${agreement.consortium}, the roster of ${roster.consortium}`,
      hint: 'Sign only what belongs to your own consortium.',
    }
  }
  if (agreement.roster !== digestOfDocument(roster)) {
    return {
      path: 'roster',
      message: 'the terms name another roster than the one in force',
      hint: 'Whoever the roster adds or drops changes who is bound: propose the terms anew for this roster.',
    }
  }
  if (partnersOf(roster).length === 0) {
    return {
      path: 'roster',
      message: 'there is no partner on the roster',
      hint: 'Partners enrol first; then there is someone to agree.',
    }
  }
  return null
}

/** The first edition of the wording has no sentence for it: it would be signed unread. */
function faultOfLanguage({ prevails, wording }: Agreement): Fault | null {
  if (prevails === undefined || wording !== undefined) return null
  return {
    path: 'prevails',
    message: 'the first edition of the wording does not say which text holds',
    hint: 'Propose the terms at a hub that writes the second edition.',
  }
}

function faultOfData({ data }: Agreement): Fault | null {
  const twice = firstTwice(data.map(({ dataset }) => dataset))
  if (twice !== null) {
    return {
      path: `data[${twice.index}].dataset`,
      message: `the data set ${twice.name} is there twice`,
      hint: 'Give each data set one list of fields.',
    }
  }
  for (const [index, { fields, label }] of data.entries()) {
    const places = [
      ...fields.map((field, at) => ({ field, at: `fields[${at}]` })),
      { field: label, at: 'label' },
    ]
    for (const { field, at } of places) {
      if (field.kind !== 'category') continue
      const code = firstTwice(field.codes.map(({ code }) => code))
      if (code === null) continue
      return {
        path: `data[${index}].${at}.codes[${code.index}].code`,
        message: `the code ${code.name} of ${field.name} is there twice`,
        hint: 'Give each code one meaning.',
      }
    }
  }
  return null
}

/** As `membersMin` of package privacy: among fewer there is nobody to hide among. */
const surveyMembersMin = 4

function faultOfStatistics({ statistics }: Agreement, roster: Roster): Fault | null {
  const partners = partnersOf(roster).length
  if (typeof statistics === 'boolean' || partners >= surveyMembersMin) return null
  return {
    path: 'statistics',
    message: `a secure sum takes ${surveyMembersMin} partners, and there are ${partners}`,
    hint: 'Fewer can write `statistics: true`: then each tells the hub its own counts, means and deviations.',
  }
}

function faultOfRecipes({ recipes }: Agreement): Fault | null {
  const twice = firstTwice(recipes.map(({ name }) => name))
  if (twice === null) return null
  return {
    path: `recipes[${twice.index}].name`,
    message: `the recipe ${twice.name} is there twice`,
    hint: 'List each name once, with a digest or without.',
  }
}

function faultOfUse({ use }: Agreement, roster: Roster): Fault | null {
  return faultOfNames(use, roster, index => `use[${index}]`)
}

function faultOfBenefit({ benefit: { rule } }: Agreement, roster: Roster): Fault | null {
  if (rule.kind !== 'fixed') return null
  const names = rule.parts.map(({ member }) => member)
  const fault = faultOfNames(names, roster, index => `benefit.rule.parts[${index}].member`)
  if (fault !== null) return fault
  if (rule.parts.some(({ parts }) => parts > 0)) return null
  return {
    path: 'benefit.rule.parts',
    message: 'all parts are zero',
    hint: 'Give at least one partner a part, or choose another rule.',
  }
}

/** Names that must be partners of the roster, each once. */
function faultOfNames(
  names: readonly string[],
  roster: Roster,
  pathOf: (index: number) => string,
): Fault | null {
  const partners = partnersOf(roster)
  const stranger = names.findIndex(name => !partners.includes(name))
  if (stranger >= 0) {
    return {
      path: pathOf(stranger),
      message: `${names[stranger]} is no partner on the roster`,
      hint: `The partners are: ${partners.join(', ')}.`,
    }
  }
  const twice = firstTwice(names)
  if (twice === null) return null
  return {
    path: pathOf(twice.index),
    message: `${twice.name} is there twice`,
    hint: 'Name each partner once.',
  }
}

function partnersOf(roster: Roster): string[] {
  return roster.members.filter(({ role }) => role === 'partner').map(({ name }) => name)
}

/** The first name that stands there for the second time, or null. */
function firstTwice(names: readonly string[]): { index: number; name: string } | null {
  const seen = new Set<string>()
  for (const [index, name] of names.entries()) {
    if (seen.has(name)) return { index, name }
    seen.add(name)
  }
  return null
}
