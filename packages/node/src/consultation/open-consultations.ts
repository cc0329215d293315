import type { CircuitRule } from '@consort/agents'
import type { Kysely } from 'kysely'
import { createPerTurn } from '../concurrency/per-turn.ts'
import type { NodeContext } from '../context.ts'
import type { AskRule } from '../policy/consult-policy.ts'
import type { NodeAndConsultationTables } from '../tables/consultation-tables.ts'
import { answerLoop } from './answer-loop.ts'
import type { AnswerAlone } from './answer-question.ts'
import { consult } from './consult.ts'
import { openConsultationKeys, showConsultationKey } from './consultation-key.ts'
import type { AskedConsultation, Consulted } from './consulted.ts'
import type { ConsultationContext } from './context.ts'
import { observeQuality } from './partner-book.ts'

/** Asks other partners' agents, and lets them ask this node's. */
export interface Consultations {
  /** What the policy lets this node's agent ask of partners; undefined: nothing. */
  ruleFor(agent: string): AskRule | undefined
  consult(asked: AskedConsultation): Promise<Consulted | null>
  /** Whether a partner's answer turned out right: its quality, when partners are chosen from now on. */
  feedback(said: { partner: string; wasRight: boolean }): Promise<void>
  /** Answers what others ask until `signal` aborts. */
  answerOthers(answer: AnswerAlone, signal: AbortSignal): Promise<void>
}

/** What a test may replace. */
export interface ConsultationParts {
  readonly circuitRule: CircuitRule
}

/**
 * Three failures in a row, and a partner is left alone for half a minute, then for up to an hour. A question to try it again
 * may take as long as the longest that a policy allows.
 */
const defaultRule: CircuitRule = {
  failuresMax: 3,
  pauseMs: 30_000,
  pauseMaxMs: 3_600_000,
  probeMaxMs: 600_000,
}

/** Makes ready what consultations need. Those that are waited for end with the stack; their questions stay on their way. */
export async function openConsultations(
  stack: AsyncDisposableStack,
  node: NodeContext & { readonly database: Kysely<NodeAndConsultationTables> },
  parts: Partial<ConsultationParts> = {},
): Promise<Consultations> {
  const { directory, entropy, files } = node
  const keys = await openConsultationKeys(files, directory.at('consultation.key'), entropy)
  const closing = new AbortController()
  const context: ConsultationContext = {
    ...node,
    keys,
    showKey: onceDone(() => showConsultationKey(node, keys.publicKey)),
    circuits: new Map(),
    circuitRule: parts.circuitRule ?? defaultRule,
    disguises: new Map(),
    live: new Set(),
    closing: closing.signal,
  }
  const open = new Set<Promise<unknown>>()
  const askRules = createPerTurn(() => readAskRules(node)) // a batch may defer a thousand cases at once
  stack.defer(async () => {
    closing.abort(new Error('the node closes'))
    await Promise.allSettled(open)
  })
  return {
    ruleFor: agent => askRules().find(rule => rule.agent === agent),
    async consult(asked) {
      const asking = consult(context, asked)
      open.add(asking)
      return await asking.finally(() => open.delete(asking))
    },
    feedback: said => observeQuality(context, said),
    answerOthers: (answer, signal) => answerLoop(context, answer, signal),
  }
}

/** A policy that cannot be read lets nothing be asked: it is no caller's business that it cannot. */
function readAskRules({ policy, log }: Pick<NodeContext, 'policy' | 'log'>): readonly AskRule[] {
  try {
    return policy.read().consult.ask
  } catch (error) {
    log.warn({ error: String(error) }, 'nothing-is-asked')
    return []
  }
}

/** Does something once; again where it failed, or was forgotten. */
function onceDone(work: () => Promise<void>): ConsultationContext['showKey'] {
  let done: Promise<void> | undefined
  const forget = (): void => {
    done = undefined
  }
  const show = (): Promise<void> => {
    done ??= work()
    done.catch(forget)
    return done
  }
  return Object.assign(show, { forget })
}
