/**
 * The value in unit `to` of what is `value` in unit `from`, rounded to 12 significant digits so that 98.6 °F is
 * 37 °C and not 36.99999999999999; the same number when the units are the same. Both have one quantity.
 */
export function convert(value: number, { from, to }: { from: UnitName; to: UnitName }): number {
  if (from === to) return value
  const source: Unit = units[from]
  const target: Unit = units[to]
  if (source.quantity !== target.quantity) throw new RangeError(`${from} is no ${target.quantity}`)
  const base = (value - (source.zero ?? 0)) * source.scale
  return Number((base / target.scale + (target.zero ?? 0)).toPrecision(12))
}

export type Quantity =
  | 'number'
  | 'time'
  | 'length'
  | 'mass'
  | 'volume'
  | 'temperature'
  | 'pressure'
  | 'frequency'
  | 'voltage'
  | 'mass concentration'
  | 'amount concentration'
  | 'cholesterol'
  | 'triglycerides'
  | 'glucose'
  | 'creatinine'
  | 'urea'
  | 'euros'
  | 'US dollars'
  | 'yuan'
  | 'Taiwan dollars'

/** A value in this unit is `(value − zero) × scale` in the quantity's base, the unit with scale 1. */
interface Unit {
  readonly quantity: Quantity
  readonly scale: number
  /** Where the base's zero lies in this unit; 0 when absent. */
  readonly zero?: number
}

/**
 * The units that schemas and mappings may name. Grams and moles are only exchanged where the unit names the
 * substance, because its molar mass decides; currencies never, because their rate has a date.
 */
const units = {
  '1': { quantity: 'number', scale: 1 },
  ratio: { quantity: 'number', scale: 1 },
  '%': { quantity: 'number', scale: 1e-2 },
  '‰': { quantity: 'number', scale: 1e-3 },

  s: { quantity: 'time', scale: 1 },
  ms: { quantity: 'time', scale: 1e-3 },
  min: { quantity: 'time', scale: 60 },
  h: { quantity: 'time', scale: 3600 },
  days: { quantity: 'time', scale: 86_400 },
  weeks: { quantity: 'time', scale: 7 * 86_400 },
  /** A twelfth of a year. */
  months: { quantity: 'time', scale: (365.25 / 12) * 86_400 },
  /** Julian: 365.25 days. */
  years: { quantity: 'time', scale: 365.25 * 86_400 },

  m: { quantity: 'length', scale: 1 },
  mm: { quantity: 'length', scale: 1e-3 },
  cm: { quantity: 'length', scale: 1e-2 },
  km: { quantity: 'length', scale: 1e3 },
  in: { quantity: 'length', scale: 0.0254 },
  ft: { quantity: 'length', scale: 0.3048 },

  g: { quantity: 'mass', scale: 1 },
  mg: { quantity: 'mass', scale: 1e-3 },
  kg: { quantity: 'mass', scale: 1e3 },
  lb: { quantity: 'mass', scale: 453.59237 },
  oz: { quantity: 'mass', scale: 28.349523125 },

  L: { quantity: 'volume', scale: 1 },
  mL: { quantity: 'volume', scale: 1e-3 },

  '°C': { quantity: 'temperature', scale: 1 },
  '°F': { quantity: 'temperature', scale: 5 / 9, zero: 32 },
  K: { quantity: 'temperature', scale: 1, zero: 273.15 },

  kPa: { quantity: 'pressure', scale: 1 },
  hPa: { quantity: 'pressure', scale: 0.1 },
  mmHg: { quantity: 'pressure', scale: 0.133322387415 },

  bpm: { quantity: 'frequency', scale: 1 },
  '1/min': { quantity: 'frequency', scale: 1 },
  Hz: { quantity: 'frequency', scale: 60 },

  V: { quantity: 'voltage', scale: 1 },
  mV: { quantity: 'voltage', scale: 1e-3 },
  µV: { quantity: 'voltage', scale: 1e-6 },

  'g/L': { quantity: 'mass concentration', scale: 1 },
  'g/dL': { quantity: 'mass concentration', scale: 10 },
  'mg/dL': { quantity: 'mass concentration', scale: 1e-2 },
  'mg/L': { quantity: 'mass concentration', scale: 1e-3 },
  'µg/L': { quantity: 'mass concentration', scale: 1e-6 },
  'ng/mL': { quantity: 'mass concentration', scale: 1e-6 },
  'mmol/L': { quantity: 'amount concentration', scale: 1 },
  'µmol/L': { quantity: 'amount concentration', scale: 1e-3 },

  // 1 mmol/L is a tenth of the molar mass (g/mol) in mg/dL.
  'mg/dL cholesterol': { quantity: 'cholesterol', scale: 1 },
  'mmol/L cholesterol': { quantity: 'cholesterol', scale: 38.665 },
  'g/L cholesterol': { quantity: 'cholesterol', scale: 100 },
  /** As triolein, as laboratories report them. */
  'mg/dL triglycerides': { quantity: 'triglycerides', scale: 1 },
  'mmol/L triglycerides': { quantity: 'triglycerides', scale: 88.545 },
  'g/L triglycerides': { quantity: 'triglycerides', scale: 100 },
  'mg/dL glucose': { quantity: 'glucose', scale: 1 },
  'mmol/L glucose': { quantity: 'glucose', scale: 18.0156 },
  'g/L glucose': { quantity: 'glucose', scale: 100 },
  'mg/dL creatinine': { quantity: 'creatinine', scale: 1 },
  'µmol/L creatinine': { quantity: 'creatinine', scale: 0.011312 },
  'mg/dL urea': { quantity: 'urea', scale: 1 },
  'mmol/L urea': { quantity: 'urea', scale: 6.0056 },

  EUR: { quantity: 'euros', scale: 1 },
  'EUR cents': { quantity: 'euros', scale: 0.01 },
  USD: { quantity: 'US dollars', scale: 1 },
  'USD cents': { quantity: 'US dollars', scale: 0.01 },
  CNY: { quantity: 'yuan', scale: 1 },
  'CNY fen': { quantity: 'yuan', scale: 0.01 },
  TWD: { quantity: 'Taiwan dollars', scale: 1 },
} as const satisfies Record<string, Unit>

export type UnitName = keyof typeof units

/** Every unit that a schema or a mapping may name. */
export const unitNames = Object.keys(units) as UnitName[]

export function isUnit(name: string): name is UnitName {
  return Object.hasOwn(units, name)
}

export function quantityOf(unit: UnitName): Quantity {
  return units[unit].quantity
}

/** The other units of the same quantity, those of the nearest size first: the likeliest to be mistaken for it. */
export function otherUnits(unit: UnitName): UnitName[] {
  const { quantity, scale } = units[unit]
  const farness = (name: UnitName): number => Math.abs(Math.log(units[name].scale / scale))
  return unitNames
    .filter(name => name !== unit && units[name].quantity === quantity)
    .sort((a, b) => farness(a) - farness(b))
}
