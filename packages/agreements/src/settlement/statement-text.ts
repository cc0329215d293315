import type { Statement } from '@consort/protocol'
import { formatAmount, formatMoney } from '../money/money.ts'
import { type Language, wordingOf } from '../wording/language.ts'

/** A statement as a small table for people. Amounts are in its currency. */
export function statementText(statement: Statement, language: Language): string {
  const { consortium, month, lines, answerPrice, revenue, rule, currency, agreement } = statement
  const words = wordingOf(statement, language).statement
  const { columns } = words
  const sumOf = (figure: 'answers' | 'collected' | 'examples' | 'share' | 'balance'): number =>
    lines.reduce((sum, line) => sum + line[figure], 0)
  const total = {
    name: words.total,
    answers: sumOf('answers'),
    collected: sumOf('collected'),
    examples: sumOf('examples'),
    share: sumOf('share'),
    balance: sumOf('balance'),
  }
  const amount = (minorUnits: number): string => formatAmount(minorUnits, currency)
  const rows = [...lines, total].map(({ name, answers, collected, examples, share, balance }) => [
    name,
    String(answers),
    amount(collected),
    String(examples),
    amount(share),
    amount(balance),
  ])
  const heads = [
    columns.member,
    columns.answers,
    `${columns.collected} ${currency}`,
    columns.examples,
    `${columns.share} ${currency}`,
    `${columns.balance} ${currency}`,
  ]
  const price = formatMoney(answerPrice, currency)
  return [
    words.heading({ consortium, month }),
    words.revenue({ answers: total.answers, price, revenue: formatMoney(revenue, currency) }),
    words.rule[rule.kind],
    '',
    ...aligned([heads, ...rows]),
    '',
    words.balance,
    words.agreement(agreement),
  ].join('\n')
}

/** Names to the left, figures to the right, two spaces between. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => widthOf(row[column]!))))
  return rows.map(row =>
    row
      .map((cell, column) => {
        const space = ' '.repeat(widths[column]! - widthOf(cell))
        return column === 0 ? cell + space : space + cell
      })
      .join('  '),
  )
}

/** In places of a terminal, where a Han character takes two. */
function widthOf(cell: string): number {
  return [...cell].reduce((width, character) => width + (/\p{Script=Han}/u.test(character) ? 2 : 1), 0)
}
