import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Node, NodeParts } from '@consort/node'
import { consultationKeys, type MessageBinding, openMessage, sealMessage } from '@consort/privacy'
import {
  type AgreementTerms,
  type Caller,
  type ConsultationKey,
  type ConsultationQuestion,
  canonicalJson,
  createCaller,
  digestOfBytes,
  digestOfDocument,
  type Endpoint,
  hubEndpoints,
  type Id,
  type KeyPair,
  nodeEndpoints,
  parseKeyPair,
  type RecipeInput,
  signDocument,
} from '@consort/protocol'
import { type Network, type NetworkOptions, openPrepared } from './network.ts'
import { planeTerms, tableRecipe, writeTable } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

/** Long enough to be found among sealed octets only where they are. */
export const classes = [
  'well-5e0a83f1c7d94b26a18f30e2d9b47c65',
  'ill-9c41e7b0d25f4a83b6e01f7c58d3a92e',
] as const

export const consultingRecipe = {
  ...tableRecipe,
  task: { kind: 'classification', classes: [...classes] },
  federation: { rounds: 2 },
} satisfies RecipeInput

/** The agents of d may not answer. */
const terms: AgreementTerms = {
  ...planeTerms,
  data: planeTerms.data.map(data => ({
    ...data,
    label: { ...data.label, codes: classes.map(code => ({ code, meaning: { en: code, zh: '测试' } })) },
  })),
  use: ['a', 'b', 'c'],
}

/** Coordinates leave as the middle of a bin. */
export const rules = {
  fields: [
    { field: 'x', rule: 'bin', width: 0.5 },
    { field: 'y', rule: 'bin', width: 0.5 },
    { field: 'state', rule: 'drop' },
  ],
  quasiIdentifiers: [] as string[],
  sensitive: [],
  k: 2,
  l: 1,
}

/** Four partners; a, b and c serve the same model as `triage`. */
export async function openConsulting(options: NetworkOptions = {}): Promise<Network> {
  return await openPrepared(prepare, options)
}

async function prepare(network: Network): Promise<void> {
  for (const name of ['a', 'b', 'c', 'd']) await network.join(name)
  await network.signRoster()
  await network.agree(terms)
  for (const [index, name] of ['a', 'b', 'c'].entries()) {
    const path = join(network.directory, `${name}.csv`)
    writeTable(path, { rows: 240, seed: index + 1 })
    const [well, ill] = classes
    writeFileSync(
      path,
      readFileSync(path, 'utf8').replaceAll(',well', `,${well}`).replaceAll(',ill', `,${ill}`),
    )
    await network.addDataset(name, {
      dataset: 'plane',
      source: { kind: 'csv', path, label: 'state' },
      validation: 0.3,
    })
  }
  const run = await network.awaitRun(await network.startRun(consultingRecipe))
  if (run.phase !== 'done') throw new Error(run.reason)
  const body = { version: run.result!, dataset: 'plane', alpha: 0.05, delta: 0.1 }
  for (const name of ['a', 'b', 'c'])
    await network.callNode(name)(nodeEndpoints.putAgent, { params: { agent: 'triage' }, body })
}

/** What a site allows from now on. */
export function setPolicy({ directory }: Network, name: string, consult: object): void {
  writeFileSync(join(directory, name, 'policy.yaml'), JSON.stringify({ cpu: { threads: 1 }, consult }))
}

export function mayAsk(partners: string[], more: object = {}): object {
  return { ask: [{ agent: 'triage', partners, rules, alpha: 0, secondsMax: 120, ...more }] }
}

export function mayBeAsked(partners: string[], more: object = {}): object {
  return { answer: [{ agent: 'triage', partners, ...more }] }
}

/** A node that looks for questions at once, with what its policy says now. */
export async function restart(network: Network, name: string, parts: Partial<NodeParts> = {}): Promise<Node> {
  await network.stopNode(name)
  return await network.startNode(name, parts)
}

/** Asks as the node's decision does; `uniform` of 0 takes the first partner by name, of 0.99 the last. */
export function ask(
  network: Network,
  cells: { x: number; y: number },
  { uniform = 0, signal }: { uniform?: number; signal?: AbortSignal } = {},
) {
  const { consultations } = network.nodes.get('a')!
  const record = { kind: 'row', cells } as const
  return consultations.consult({ agent: 'triage', record, classes, uniform: () => uniform, signal })
}

interface Entry {
  readonly kind: string
  readonly body: Readonly<Record<string, unknown>>
}

/** What a node's log says of consultations, oldest first. */
export function consultationsLogged({ directory }: Network, name: string): Entry[] {
  return wholeLog(join(directory, name, 'node.sqlite'))
    .map(text => JSON.parse(text) as Entry)
    .filter(({ kind }) => kind.includes('consult'))
}

/** Stands between a node and the hub; what it does may change while the node runs. */
export interface Listener {
  /** Paths that were called. */
  readonly calls: string[]
  /** May change what comes back, or throw. */
  answered: (endpoint: Endpoint, answer: unknown) => unknown
  /** May throw before the call. */
  asked: (endpoint: Endpoint) => void
  readonly wrapCaller: (call: Caller) => Caller
}

export function createListener(): Listener {
  const listener: Listener = {
    calls: [],
    answered: (_, answer) => answer,
    asked: () => {},
    wrapCaller: call =>
      (async (endpoint, ...rest) => {
        listener.calls.push(`${endpoint.method} ${endpoint.path}`)
        listener.asked(endpoint)
        return listener.answered(endpoint, await call(endpoint, ...rest))
      }) as Caller,
  }
  return listener
}

/** What a partner that answers by hand has opened. */
export interface OpenedQuestion {
  readonly id: Id<'consultation'>
  readonly question: ConsultationQuestion
  /** Its sealed octets. */
  readonly octets: Buffer
  readonly seal: (plain: string, change?: Partial<MessageBinding>) => Promise<string>
  readonly send: (sealed: string | null) => Promise<void>
}

/** Takes the next question to a partner whose node is stopped, with its keys. */
export async function takeQuestion(
  network: Network,
  name: string,
  to: PartnerIdentity,
): Promise<OpenedQuestion> {
  const { call, member } = to
  const { inForce } = await call(hubEndpoints.getAgreement)
  const keys = await consultationKeys(readFileSync(join(network.directory, name, 'consultation.key')))
  for (let polls = 0; polls < 5; polls++) {
    const { questions } = await call(hubEndpoints.nextConsultations, { query: { wait: 2 } })
    const [next] = questions
    if (!next) continue
    const octets = Buffer.from(next.sealed, 'base64url')
    const agreement = digestOfDocument(inForce!.document)
    const both = { agreement, consultation: next.id }
    const binding: MessageBinding = {
      ...both,
      kind: 'question',
      from: next.from,
      to: member,
      question: null,
    }
    const asker = next.key.document.key
    const plain = await openMessage(octets, { binding, recipient: keys, sender: asker })
    const params = { consultation: next.id }
    return {
      id: next.id,
      question: JSON.parse(Buffer.from(plain).toString()),
      octets,
      async seal(text, change = {}) {
        const back: MessageBinding = {
          ...both,
          kind: 'answer',
          from: member,
          to: next.from,
          question: digestOfBytes(octets),
          ...change,
        }
        const sealing = { binding: back, sender: keys, recipient: asker, entropy: systemEntropy }
        return Buffer.from(await sealMessage(Buffer.from(text), sealing)).toString('base64url')
      },
      send: sealed => call(hubEndpoints.answerConsultation, { params, body: { sealed } }),
    }
  }
  throw new Error('nobody asked')
}

export interface PartnerIdentity {
  readonly member: Id<'member'>
  readonly key: KeyPair
  readonly call: Caller
}

/** Speaks to the hub as a node would that need not run. */
export function identityOf({ directory, link, hub }: Network, name: string): PartnerIdentity {
  const at = (file: string): string => readFileSync(join(directory, name, file), 'utf8')
  const key = parseKeyPair(at('node.key'))
  const { member } = JSON.parse(at('enrolment.json'))
  const base = link ? `http://127.0.0.1:${link.port}` : hub.url
  return { member, key, call: createCaller({ base, fetch: fetch as never, key, nowMs: Date.now }) }
}

const systemEntropy = { bytes: (count: number) => crypto.getRandomValues(new Uint8Array(count)) }

/** Shows some key for consultations. */
export async function showKey({ call, member, key }: PartnerIdentity): Promise<void> {
  const octets = Buffer.from(systemEntropy.bytes(32)).toString('base64url')
  const document: ConsultationKey = { kind: 'consultation-key', member, key: octets }
  await call(hubEndpoints.putConsultationKey, {
    body: { document, signatures: [signDocument(document, key)] },
  })
}

/** An answer as it stands in a message. */
export function answerText(change: object = {}): string {
  const answer = {
    kind: 'answered',
    class: classes[1],
    confidence: 0.9,
    version: 'ver_0000000000000000',
    price: 0,
  }
  return canonicalJson({ ...answer, ...change })
}

/** Looks again and again until it holds. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const giveUp = performance.now() + 120_000
  while (!(await holds())) {
    if (performance.now() > giveUp) throw new Error('it never came')
    await sleep(10)
  }
}
