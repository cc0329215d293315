import {
  canonicalJson,
  type PagedStatement,
  Refusal,
  type Statement,
  type WholeStatement,
} from '@consort/protocol'
import { formatMoney } from '../money/money.ts'
import { makePagedStatement, makeStatement, type PagedInputs, type StatementInputs } from './statement.ts'

/** The fields of both editions. */
type Fields = Omit<Partial<WholeStatement & Omit<PagedStatement, 'edition'>>, 'edition'> & {
  readonly edition?: 1 | 2 | undefined
}
type Line = Statement['lines'][number]

interface Difference {
  readonly path: string
  readonly message: string
}

/**
 * Works a statement out anew and compares every field: what a partner does before it countersigns. `month` is the month
 * that it asked for. Throws `statement-wrong` that names the member, the field, what it says and what it should be, for
 * the first difference; refuses inputs as `makeStatement` does.
 */
export function checkStatement(statement: Statement, inputs: StatementInputs | PagedInputs): void {
  const expected = 'pages' in inputs ? makePagedStatement(inputs) : makeStatement(inputs)
  const [first, ...more] = differencesOf(statement, expected)
  if (first === undefined) return
  const others = more.length === 0 ? '' : ` (and ${more.length} more)`
  throw new Refusal('statement-wrong', `${first.message}${others}`, {
    path: first.path,
    hint: 'Do not countersign. Compare the usage events and model cards with the hub: one side lacks or changed some.',
  })
}

/** Causes before effects: the head, the partners, what each did, what follows from that, the sums. */
function differencesOf(statement: Statement, expected: Statement): Difference[] {
  const [says, should]: [Fields, Fields] = [statement, expected]
  const compare = (path: Exclude<keyof Fields, 'lines'>, show: (value: unknown) => string): Difference[] =>
    isSame(says[path], should[path])
      ? []
      : [{ path, message: saying(path, show(says[path]), show(should[path])) }]
  const money = (value: unknown): string => formatMoney(Number(value), expected.currency)
  return [
    ...compare('kind', String),
    ...compare('edition', edition => String(edition ?? 1)),
    ...compare('consortium', String),
    ...compare('agreement', String),
    ...compare('wording', wording => String(wording ?? 1)),
    ...compare('month', String),
    ...compare('currency', String),
    ...compare('answerPrice', money),
    ...compare('rule', canonicalJson),
    ...differencesOfMembers(statement, expected),
    ...figureNames.flatMap(figure => differencesOfFigure(figure, statement, expected)),
    ...compare('revenue', money),
    ...compare('usage', String),
    ...compare('pages', pages => String(pages ?? 'none')),
  ]
}

/** Every partner has one line, in the order of names. */
function differencesOfMembers(statement: Statement, expected: Statement): Difference[] {
  const membersOf = ({ lines }: Statement): string =>
    lines.map(({ name, member }) => `${name} (${member})`).join(', ')
  const [says, should] = [membersOf(statement), membersOf(expected)]
  return says === should ? [] : [{ path: 'lines', message: saying('lines', says, should) }]
}

type Figure = Exclude<keyof Line, 'member' | 'name'>

/** In the order in which they are compared, and how each is shown. */
const figures = {
  answers: String,
  examples: String,
  collected: formatMoney,
  share: formatMoney,
  balance: formatMoney,
} as const satisfies Record<Figure, (value: number, currency: string) => string>
const figureNames = Object.keys(figures) as Figure[]

function differencesOfFigure(figure: Figure, { lines }: Statement, expected: Statement): Difference[] {
  const show = (value: number): string => figures[figure](value, expected.currency)
  return expected.lines.flatMap(({ member, name, [figure]: should }) => {
    const index = lines.findIndex(line => line.member === member)
    const says = lines[index]?.[figure]
    if (says === undefined || says === should) return []
    return [
      { path: `lines[${index}].${figure}`, message: saying(`${name}: ${figure}`, show(says), show(should)) },
    ]
  })
}

function saying(what: string, says: string, should: string): string {
  return `${what} says ${says} and should be ${should}`
}

function isSame(one: unknown, other: unknown): boolean {
  return canonicalJson(one ?? null) === canonicalJson(other ?? null)
}
