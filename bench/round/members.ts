import { randomBytes } from 'node:crypto'
import {
  type Caller,
  checkChunk,
  createId,
  createKeyPair,
  type DataCard,
  digestOfDocument,
  digestOfManifest,
  hubEndpoints,
  type Id,
  type KeyPair,
  manifestOf,
  parseInvite,
  type Recipe,
  type SignedTask,
  signDocument,
  sliceChunks,
} from '@consort/protocol'
import { callerAt } from './hub-process.ts'

/** One who speaks the protocol as a node does, but makes its update without training. */
export type Member = { id: Id<'member'>; key: KeyPair; call: Caller; examples: number }

const timeoutMs = 120_000

/** Invites and enrols members with keys of their own; then each signs the roster and publishes a data card. */
export async function enrolMembers(operator: Caller, count: number, recipe: Recipe): Promise<Member[]> {
  const members: Member[] = []
  for (let i = 0; i < count; i++) {
    const name = `member-${String(i).padStart(3, '0')}`
    const { invite } = await operator(hubEndpoints.createInvite, { body: { name, role: 'partner' } })
    const { id, secret, hubUrl } = parseInvite(invite)
    const key = createKeyPair()
    const call = callerAt(hubUrl, key)
    const { member } = await call(hubEndpoints.enrol, { body: { invite: id, secret } })
    members.push({ id: member, key, call, examples: 100 + i })
  }
  for (const member of members) await signRoster(member)
  for (const member of members) await publishCard(member, recipe)
  return members
}

async function signRoster({ call, key }: Member): Promise<void> {
  const { proposed } = await call(hubEndpoints.getRoster)
  if (!proposed) throw new Error('there is no roster to sign')
  const roster = digestOfDocument(proposed.document)
  const signature = signDocument(proposed.document, key)
  await call(hubEndpoints.signRoster, { body: { roster, signature } })
}

async function publishCard({ call, key, id, examples }: Member, { dataset, input }: Recipe): Promise<void> {
  const columns = input.kind === 'table' ? input.features.map(feature => feature.name) : []
  const document: DataCard = {
    kind: 'data-card',
    id: createId('card', { bytes: randomBytes }),
    member: id,
    dataset,
    role: 'train',
    contents: { kind: 'table', columns },
    trainExamples: examples,
    evaluationExamples: 0,
  }
  await call(hubEndpoints.putDataCard, { body: { document, signatures: [signDocument(document, key)] } })
}

/** Waits for the member's next task as a node does, by long polls. */
export async function awaitTask({ call }: Member): Promise<SignedTask['document']> {
  for (;;) {
    const { task } = await call(hubEndpoints.nextTask, { query: { wait: 25 } }, { timeoutMs })
    if (task) return task.document
  }
}

/** Fetches the weights that a task starts from, chunk by chunk, into `into`. */
export async function fetchWeights(
  { call }: Member,
  { id, weights }: SignedTask['document'],
  into: Uint8Array,
): Promise<void> {
  let offset = 0
  for (const chunk of weights.chunks) {
    const params = { task: id, digest: chunk.digest }
    const bytes = await call(hubEndpoints.getWeights, { params }, { timeoutMs })
    checkChunk(chunk, bytes)
    into.set(bytes, offset)
    offset += bytes.length
  }
}

/** Announces an update, sends what the hub lacks, and hands it in: the order of calls of a node. */
export async function handIn(
  { call, examples }: Member,
  { id }: SignedTask['document'],
  file: Uint8Array,
): Promise<void> {
  const params = { task: id }
  const manifest = manifestOf(file)
  const chunks = sliceChunks(file)
  const { missing } = await call(hubEndpoints.offerUpdate, { params, body: manifest }, { timeoutMs })
  for (const [i, { digest }] of manifest.chunks.entries()) {
    const body = chunks[i]
    if (body && missing.includes(digest))
      await call(hubEndpoints.putChunk, { params: { ...params, digest }, body }, { timeoutMs })
  }
  const body = { update: digestOfManifest(manifest), examples, loss: 0.5 }
  await call(hubEndpoints.finishTraining, { params, body }, { timeoutMs })
}
