import { Refusal } from '@consort/protocol'

/** A text for people, in both languages. */
export interface Words {
  readonly en: string
  readonly zh: string
}

/** For how long a rule keeps rows, in days. */
export type KeptDays = number | 'always'

/** A rule by which rows go, as an operator sees and sets it. */
export interface KeepSetting {
  /** The variable that holds the days, or `always`. */
  readonly setting: string
  readonly days: number
  /** What is younger is still needed: by a repeated call, or by what it was written for. */
  readonly daysMin: number
  /** What goes. */
  readonly says: Words
}

/** Reads how long each rule keeps rows. Throws `input-invalid` with the variable that is wrong. */
export function parseKeptDays<Rule extends string>(
  settings: Readonly<Record<Rule, KeepSetting>>,
  environment: Readonly<Record<string, string | undefined>>,
): Readonly<Record<Rule, KeptDays>> {
  const entries = Object.entries<KeepSetting>(settings).map(([rule, setting]) => [
    rule,
    daysOf(setting, environment[setting.setting]),
  ])
  return Object.fromEntries(entries)
}

function daysOf({ setting, days, daysMin }: KeepSetting, text: string | undefined): KeptDays {
  if (text === undefined || text === '') return days
  if (text === 'always') return text
  if (/^[1-9]\d{0,4}$/.test(text) && Number(text) >= daysMin) return Number(text)
  throw new Refusal('input-invalid', `${setting} is no number of days from ${daysMin} on: ${text}`, {
    hint: `For example ${days}, or “always” to keep everything.`,
  })
}
