import assert from 'node:assert/strict'
import test from 'node:test'
import { novemberUnder, withBenefit } from '../testing/clinics.ts'
import { makeStatement } from './statement.ts'
import { statementText } from './statement-text.ts'

for (const language of ['en', 'zh'] as const) {
  test(`every member, amount and sum stands in the table (${language})`, () => {
    const statement = makeStatement(novemberUnder(withBenefit({ answerPrice: 123_456 })))
    const text = statementText(statement, language)
    for (const part of ['clinics', '2026-11', '1,234.56 EUR', '13,580.16 EUR', statement.agreement]) {
      assert.ok(text.includes(part), `${part} is not in:\n${text}`)
    }
    const rowOf = (start: string): string[] =>
      text
        .split('\n')
        .find(line => line.startsWith(start))!
        .trim()
        .split(/ {2,}/)
    assert.deepEqual(rowOf('east'), ['east', '0', '0.00', '570', '1,940.02', '1,940.02'])
    assert.deepEqual(rowOf('north'), ['north', '8', '9,876.48', '1100', '5,820.07', '-4,056.41'])
    assert.deepEqual(rowOf('south'), ['south', '3', '3,703.68', '14', '5,820.07', '2,116.39'])
    const total = rowOf(language === 'en' ? 'total' : '合计')
    assert.deepEqual(total.slice(1), ['11', '13,580.16', '1684', '13,580.16', '0.00'])
  })
}
