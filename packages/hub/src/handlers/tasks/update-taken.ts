import { Refusal } from '@consort/protocol'

/** Makes the refusal of an update beside another one that was taken. */
export function updateTaken(): Refusal {
  return new Refusal('state-conflict', 'Another update of this task was taken, or the task has ended', {
    hint: 'Ask for the next task.',
  })
}
