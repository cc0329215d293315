import { setTimeout as sleep } from 'node:timers/promises'
import { type Caller, hubEndpoints, parseRecipe, type Recipe, type SignedTask } from '@consort/protocol'
import { planModel } from '@consort/train'
import { openDiskFolder } from './disk-folder.ts'
import { awaitLogOfRun, openHubProcess } from './hub-process.ts'
import { awaitTask, enrolMembers, fetchWeights, handIn, type Member } from './members.ts'
import { watchMemory } from './resident-memory.ts'

export type HubMemoryCase = {
  members: number
  /** Width of the hidden layer over 1000 features: some 1000 parameters a unit. */
  units: number
  /** How many members fetch and upload at the same time. */
  atOnce: number
}

/** Resident bytes. Each peak is the most in that part of the run. */
export type HubMemory = {
  /** One update. */
  modelBytes: number
  /** After the start and one call, before anybody is enrolled. */
  idle: number
  peaks: { enrolling: number; creatingRun: number; takingIn: number }
  /** From the last update received to the new version, by the hub's event log. */
  averagingSeconds: number
  takingInSeconds: number
}

const features = 1000
/** Long enough for what the start left to do. */
const settleMs = 1000
/** Positions of the average that are checked, as far as the first chunk has them. */
const checked = [0, 1, 999, 500_000]

/** What a hub's process needs beside what it needs idle, while members hand in one round and it averages. */
export async function measureHubMemory(of: HubMemoryCase): Promise<HubMemory> {
  await using stack = new AsyncDisposableStack()
  const { operator, pid } = stack.use(await openHubProcess(stack.use(openDiskFolder()).path))
  await operator(hubEndpoints.getHub)
  await sleep(settleMs)
  const memory = stack.use(watchMemory(pid))
  const idle = memory.now()

  const recipe = recipeFor(of)
  const members = await enrolMembers(operator, of.members, recipe)
  const polls = members.map(awaitTask)
  await sleep(settleMs)
  const enrolling = memory.takePeak()
  const body = { recipe, idempotencyKey: crypto.randomUUID() }
  const { id } = await operator(hubEndpoints.createRun, { body })
  const tasks = await Promise.all(polls)
  const creatingRun = memory.takePeak()
  const began = performance.now()
  const base = await takePartAll(members, tasks, { recipe, atOnce: of.atOnce })
  const takingInSeconds = (performance.now() - began) / 1000
  const entries = await awaitLogOfRun(operator, id)
  const takingIn = memory.takePeak()
  await checkAverage(operator, members, recipe, base)
  const at = (kind: string) => Date.parse(entries.findLast(entry => entry.kind === kind)?.at ?? '')
  return {
    modelBytes: base.byteLength,
    idle,
    peaks: { enrolling, creatingRun, takingIn },
    averagingSeconds: (at('version-created') - at('update-received')) / 1000,
    takingInSeconds,
  }
}

/** One round over a table of a thousand numbers with one hidden layer; nobody evaluates. */
function recipeFor({ members, units }: HubMemoryCase): Recipe {
  const names = Array.from({ length: features }, (_, i) => `x${i}`)
  return parseRecipe({
    recipe: 1,
    name: 'hub-memory',
    dataset: 'wide',
    task: { kind: 'classification', classes: ['no', 'yes'] },
    input: { kind: 'table', features: names.map(name => ({ name, kind: 'number' })) },
    model: { kind: 'mlp', layers: [{ kind: 'dense', units, activation: 'relu' }] },
    federation: { rounds: 1, partnersMin: members },
  })
}

/** What member i makes of a weight w, in place of training: w·(1 + i/1024). */
const factorOf = (i: number): number => 1 + i / 1024

/** Every member does its task; returns the file of the weights that they were given. */
async function takePartAll(
  members: readonly Member[],
  tasks: readonly SignedTask['document'][],
  { recipe, atOnce }: { recipe: Recipe; atOnce: number },
): Promise<Uint8Array> {
  const { layout } = planModel(recipe)
  const base = new Uint8Array(layout.bytes)
  const queue = members.entries()
  const takePartInTurn = async () => {
    const file = new Uint8Array(layout.bytes)
    const floats = new Float32Array(file.buffer, layout.header.length)
    for (const [i, member] of queue) {
      const task = tasks[i]
      if (!task) throw new Error(`member ${i} has no task`)
      await fetchWeights(member, task, file)
      if (i === 0) base.set(file)
      const factor = factorOf(i)
      for (let j = 0; j < floats.length; j++) floats[j] = (floats[j] ?? 0) * factor
      await handIn(member, task, file)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, takePartInTurn))
  return base
}

/** @throws when the hub's average is not the one that the members' examples call for. */
async function checkAverage(
  operator: Caller,
  members: readonly Member[],
  recipe: Recipe,
  base: Uint8Array,
): Promise<void> {
  const { models } = await operator(hubEndpoints.listModels)
  const version = models[0]?.id
  if (!version) throw new Error('the run made no model')
  const { weights } = await operator(hubEndpoints.getModel, { params: { version } })
  const params = { version, digest: weights.chunks[0]?.digest ?? 'sha256:' }
  const chunk = await operator(hubEndpoints.getModelChunk, { params })
  const { header } = planModel(recipe).layout
  const floatAt = (bytes: Uint8Array, i: number) =>
    new DataView(bytes.buffer, bytes.byteOffset).getFloat32(header.length + 4 * i, true)
  const all = members.reduce((sum, { examples }) => sum + examples, 0)
  const factor = members.reduce((sum, { examples }, i) => sum + (examples / all) * factorOf(i), 0)
  const values = (chunk.byteLength - header.length) / 4
  for (const i of checked.filter(place => place < values)) {
    const [got, expected] = [floatAt(chunk, i), floatAt(base, i) * factor]
    if (!(Math.abs(got - expected) <= 1e-6 * Math.abs(expected)))
      throw new Error(`the average is wrong at ${i}: ${got}, not ${expected}`)
  }
}
