import { checkUse } from '@consort/agreements'
import { type Agreement, type Caller, type Digest, digestOfDocument, hubEndpoints } from '@consort/protocol'
import { promptly } from '../../hub/promptly.ts'
import { isHubAway } from '../../hub/retry.ts'

/** Whether the agents of this node may answer, by the agreement. */
export interface MayAnswer {
  /**
   * Throws `agreement-refused` when the agreement that this node knows to be in force does not let its agents answer. A
   * consortium without an agreement forbids nothing.
   */
  check(): Promise<void>
  /**
   * Learns of an agreement that came into force since the last task, if the hub answers as soon as a person
   * waits for; checks it as for a task.
   */
  lookForAgreement(): Promise<void>
}

/** What is needed to know whether agents may answer. */
export interface MayAnswerContext {
  readonly call: Caller
  /** The agreement in force that this node has last seen with all signatures. */
  readonly terms: () => Promise<Agreement | null>
  readonly enrolment: { readonly name: string }
  /** Checks an agreement as one that a task names, asking the hub with `call`, and acts on it from now on. */
  readonly acceptAgreement: (named: { agreement: Digest; roster: Digest }, call: Caller) => Promise<unknown>
}

/** Asks the agreement that this node knows, and the hub for a newer one. */
export function createMayAnswer({ call, terms, enrolment, acceptAgreement }: MayAnswerContext): MayAnswer {
  return {
    async check() {
      const agreement = await terms()
      if (agreement) checkUse(agreement, enrolment.name)
    },
    async lookForAgreement() {
      const prompt = promptly(call)
      try {
        const { inForce } = await prompt(hubEndpoints.getAgreement)
        if (!inForce) return
        const { document } = inForce
        await acceptAgreement({ agreement: digestOfDocument(document), roster: document.roster }, prompt)
      } catch (error) {
        if (!isHubAway(error)) throw error
      }
    },
  }
}
