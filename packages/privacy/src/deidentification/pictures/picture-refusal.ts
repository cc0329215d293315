import { Refusal } from '@consort/protocol'

/** For a file that is not what its format says. */
export function pictureRefusal(format: 'JPEG' | 'PNG', what: string): Refusal {
  return new Refusal('data-unreadable', `The ${format} is damaged: ${what}`, {
    hint: 'Open it in a viewer and save it again.',
  })
}
