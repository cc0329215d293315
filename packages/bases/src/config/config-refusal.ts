import { Refusal } from '@consort/protocol'

/** The refusal of a config, with the reason and the way out. */
export function configRefusal(why: string, hint = 'Take config.json as the model was published.'): Refusal {
  return new Refusal('weights-invalid', `config.json cannot be used: ${why}`, { hint, path: 'config.json' })
}
