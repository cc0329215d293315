/** Currencies whose minor unit is not a hundredth: its decimals by ISO 4217, list one. */
const decimals: Readonly<Record<number, readonly string[]>> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'.split(' '),
  3: 'BHD IQD JOD KWD LYD OMR TND'.split(' '),
  4: 'CLF UYW'.split(' '),
}

/**
 * How many decimals an amount in this currency has. The hub's and the nodes' own locale data may differ, so not `Intl`.
 */
export function decimalsOf(currency: string): number {
  const found = Object.entries(decimals).find(([, currencies]) => currencies.includes(currency))
  return found === undefined ? 2 : Number(found[0])
}

/** An amount in minor units (a safe integer, below zero too) as people write it: `-1,234.50 EUR`. */
export function formatMoney(minorUnits: number, currency: string): string {
  return `${formatAmount(minorUnits, currency)} ${currency}`
}

/** The same without the currency. */
export function formatAmount(minorUnits: number, currency: string): string {
  const count = decimalsOf(currency)
  const digits = String(Math.abs(minorUnits)).padStart(count + 1, '0')
  const whole = digits.slice(0, digits.length - count).replace(/\B(?=(\d{3})+$)/g, ',')
  const fraction = count === 0 ? '' : `.${digits.slice(-count)}`
  return `${minorUnits < 0 ? '-' : ''}${whole}${fraction}`
}
