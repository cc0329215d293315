import type { AgreedAnonymity, DeidentificationRules } from '@consort/privacy'
import { Refusal } from '@consort/protocol'
import { presentAgreement } from '../../agreements.ts'
import type { NodeContext } from '../../context.ts'

/**
 * The stricter of the rules' k and l and those of the agreement in force. Throws `agreement-refused` for rules that name
 * no sensitive field where the agreement asks for more than one value of each: that would hold of nothing.
 */
export async function askedAnonymity(
  context: NodeContext,
  { k, l, sensitive }: DeidentificationRules,
): Promise<AgreedAnonymity> {
  const agreed = (await presentAgreement(context))?.privacy.anonymity
  if (!agreed) return { k, l }
  if (agreed.l > 1 && sensitive.length === 0) {
    throw new Refusal(
      'agreement-refused',
      `The agreement asks for ${agreed.l} values of each sensitive field, and the rules name none`,
      { hint: 'List under `sensitive` what nobody may learn of a person.', path: 'sensitive' },
    )
  }
  return { k: Math.max(k, agreed.k), l: Math.max(l, agreed.l) }
}
