import type { CircuitRule } from '@consort/agents'
import type { Readings } from '@consort/data'
import type { Caller, Entropy, KeyPair } from '@consort/protocol'
import type { DataDirectory, FileSystem } from '@consort/storage'
import type { Kysely } from 'kysely'
import type { Logger } from 'pino'
import { createPerTurn } from '../concurrency/per-turn.ts'
import type { Enrolment } from '../enrolment.ts'
import type { AskRule } from '../policy/consult-policy.ts'
import { consultRules } from '../policy/consult-rules.ts'
import type { PolicyFile } from '../policy/policy.ts'
import type { ConsultationTables } from '../tables/consultation-tables.ts'
import type { NodeTables } from '../tables/node-tables.ts'
import { answerLoop } from './answer-loop.ts'
import type { AnswerAlone } from './answer-question.ts'
import { consult } from './consult.ts'
import type { AskedConsultation, Consulted } from './consulted.ts'
import type { AskingContext } from './contexts.ts'
import { createOutgoingRecords } from './outgoing-record.ts'
import { openOwnKeys } from './own-keys.ts'
import { createPartnerRecords } from './partner-records.ts'
import { createQuestions } from './questions.ts'
import { consultationTerms } from './terms.ts'

/** What consultations are opened with. */
export interface ConsultationSetup {
  readonly database: Kysely<NodeTables & ConsultationTables>
  readonly call: Caller
  readonly key: KeyPair
  readonly enrolment: Enrolment
  readonly policy: Pick<PolicyFile, 'read'>
  readonly readings: Readings
  readonly splitKey: Uint8Array
  readonly entropy: Entropy
  readonly now: () => Date
  readonly log: Logger
}

/** Where the keys for consultations lie, and what the rooms above know. */
export interface ConsultationPlace {
  readonly directory: DataDirectory
  readonly files: FileSystem
  /** The data set that an agent of this node is about. */
  readonly datasetOf: (agent: string) => Promise<string | undefined>
}

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
 * Three failures in a row, and a partner is left alone for half a minute, then for up to an hour. A question to try it
 * again may take as long as the longest that a policy allows.
 */
const defaultRule: CircuitRule = {
  failuresMax: 3,
  pauseMs: 30_000,
  pauseMaxMs: 3_600_000,
  probeMaxMs: 600_000,
}

/**
 * Makes ready what consultations need. Those that are waited for end with the stack; their questions stay on their way.
 */
export async function openConsultations(
  stack: AsyncDisposableStack,
  node: ConsultationSetup,
  { directory, files, datasetOf }: ConsultationPlace,
  parts: Partial<ConsultationParts> = {},
): Promise<Consultations> {
  const path = directory.at('consultation.key')
  const keys = await openOwnKeys({ ...node, files, path })
  const terms = () => consultationTerms(node)
  const closing = new AbortController()
  const { database, now, policy, enrolment, call, log } = node
  const partners = createPartnerRecords({ database, now, rule: parts.circuitRule ?? defaultRule })
  const context: AskingContext = {
    policy,
    enrolment,
    call,
    log,
    terms,
    keys,
    partners,
    questions: createQuestions({ ...node, keys }),
    outgoing: createOutgoingRecords({ ...node, datasetOf }),
    closing: closing.signal,
  }
  const open = new Set<Promise<unknown>>()
  // A batch may defer a thousand cases at once.
  const askRules = createPerTurn(() => {
    const { ask } = consultRules(policy, error => log.warn({ error: String(error) }, 'nothing-is-asked'))
    return ask
  })
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
    feedback: ({ partner, wasRight }) => partners.observeQuality(partner, wasRight),
    answerOthers: (answer, signal) => answerLoop({ ...node, terms, keys }, answer, signal),
  }
}
