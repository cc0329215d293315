import { Refusal } from '@consort/protocol'

/** The refusal of a file of weights, by its name and with the way out. */
export function weightsRefusal(file: string, why: string, hint = 'Fetch or copy the file again.'): Refusal {
  return new Refusal('weights-invalid', `${file} cannot be used: ${why}`, { hint, path: file })
}

/** Names in a file are somebody's: one that is shown is short and has no control characters. */
export function shown(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name).slice(1, -1)
}
