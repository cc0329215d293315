import assert from 'node:assert/strict'
import test from 'node:test'
import { formatMoney } from './money.ts'

test('amounts have the decimals of their currency, and thousands apart', () => {
  const cases: [number, string, string][] = [
    [0, 'EUR', '0.00 EUR'],
    [5, 'EUR', '0.05 EUR'],
    [-5, 'EUR', '-0.05 EUR'],
    [99_999, 'CNY', '999.99 CNY'],
    [100_000, 'CNY', '1,000.00 CNY'],
    [-123_456_789, 'USD', '-1,234,567.89 USD'],
    [1e12, 'EUR', '10,000,000,000.00 EUR'],
    [Number.MAX_SAFE_INTEGER, 'EUR', '90,071,992,547,409.91 EUR'],
    [0, 'JPY', '0 JPY'],
    [1234, 'JPY', '1,234 JPY'],
    [1234, 'KWD', '1.234 KWD'],
    [12_345_678, 'CLF', '1,234.5678 CLF'],
  ]
  for (const [minorUnits, currency, text] of cases) assert.equal(formatMoney(minorUnits, currency), text)
})
