import { type Caller, type CaseView, type Id, nodeEndpoints } from '@consort/protocol'
import type { AskedRecord, DealtRecords, DeskTerms } from './job.ts'

/** One record that the agent would not answer alone. */
export interface WaitingRecord {
  readonly id: Id<'case'>
  readonly asked: AskedRecord
  readonly revision: number
}

export interface Desk {
  /** Opens the page with the expert's key. */
  readonly link: string
  readonly asked: number
  readonly answered: number
  readonly wrong: number
  readonly waiting: readonly WaitingRecord[]
}

/** Whoever tries it out is asked about what the agent deferred, and not about its answers too. */
const audit = { shareMin: 1e-6 }

/** A partner's node, and a caller as its operator. */
export interface PartnerNode {
  readonly name: string
  readonly url: string
  readonly call: Caller
}

/**
 * Puts an agent at the first of these nodes whose held-out records let it answer anything alone; where none does, at
 * the first.
 */
export async function putAgent(
  nodes: readonly PartnerNode[],
  of: { readonly version: Id<'version'>; readonly dataset: string; readonly terms: DeskTerms },
): Promise<PartnerNode> {
  const { agent, alpha, costs } = of.terms
  const body = { version: of.version, dataset: of.dataset, alpha, costs, audit }
  for (const node of nodes) {
    const put = { params: { agent }, body }
    const { gate } = await node.call(nodeEndpoints.putAgent, put, { timeoutMs: 120_000 })
    if (gate.kind === 'open') return node
  }
  return nodes[0]!
}

/** Asks the agent about test records until a few are deferred, and makes a key for whoever sits before the screen. */
export async function openDesk(
  { url, call }: PartnerNode,
  of: {
    readonly terms: DeskTerms
    readonly questions: DealtRecords['questions']
    readonly few: number
  },
): Promise<Desk> {
  const { agent, askedMax } = of.terms
  const params = { agent }
  const holder = { name: 'newcomer', holder: 'expert' } as const
  const { key } = await call(nodeEndpoints.createAccessKey, { body: holder })
  const waiting: WaitingRecord[] = []
  let [asked, wrong] = [0, 0]
  for await (const question of of.questions) {
    if (asked >= askedMax || waiting.length >= of.few) break
    const idempotencyKey = `${agent}-${String(asked).padStart(5, '0')}`
    const sent = { params, body: { record: question.record, idempotencyKey } }
    const { id, answer, revision } = await call(nodeEndpoints.askAgent, sent)
    asked += 1
    if (!answer) waiting.push({ id, asked: question, revision })
    else if (answer.class !== question.label) wrong += 1
  }
  return { link: `${url}/#key=${key}`, asked, answered: asked - waiting.length, wrong, waiting }
}

/** The case once a person has answered it. */
export async function awaitAnswer(
  call: Caller,
  { id, revision }: WaitingRecord,
  signal: AbortSignal,
): Promise<CaseView> {
  for (;;) {
    const query = { after: revision, wait: 20 }
    const view = await call(
      nodeEndpoints.getCase,
      { params: { case: id }, query },
      { signal, timeoutMs: 60_000 },
    )
    if (view.answer) return view
  }
}
