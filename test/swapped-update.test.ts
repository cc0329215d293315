import assert from 'node:assert/strict'
import { join } from 'node:path'
import test from 'node:test'
import {
  type Caller,
  decodeTensors,
  digestOfBytes,
  digestOfManifest,
  encodeTensors,
  hubEndpoints,
  type Manifest,
  manifestOf,
  parseRecipe,
  Refusal,
  type RunView,
  sliceChunks,
} from '@consort/protocol'
import { type FileSystem, localFiles } from '@consort/storage'
import { initialWeights, planModel } from '@consort/train'
import { type Network, openNetwork } from './network.ts'
import { enrolByHand, type RawMember, signByHand } from './raw-member.ts'
import { recipeOf, secure, sent, tables } from './secure-sums.ts'
import { tableRecipe } from './table-data.ts'
import { wholeLog } from './whole-log.ts'

const recipe = { ...tableRecipe, federation: { rounds: 1, partnersMin: 1 } }
const { layout } = planModel(parseRecipe(recipe))
const start = initialWeights(planModel(parseRecipe(recipe)), parseRecipe(recipe).seed)
const good = encodeTensors(
  layout,
  start.map(value => value + 0.5),
)

/** The hub's disk, on which something can happen in the very moment that the hub looks at a task's chunk. */
function watchedFiles() {
  let [task, meanwhile] = ['', async (): Promise<unknown> => undefined]
  const happen = async (path: string): Promise<void> => {
    if (task === '' || !path.includes(task)) return
    task = '' // once
    await meanwhile()
  }
  const files: FileSystem = {
    ...localFiles,
    read: async (path, into) => {
      await happen(path)
      return await localFiles.read(path, into)
    },
    size: async path => {
      await happen(path)
      return await localFiles.size(path)
    },
  }
  const onLookAt = (id: string, action: () => Promise<unknown>): void => {
    ;[task, meanwhile] = [id, action]
  }
  return { files, onLookAt }
}

async function joinByHand(network: Network): Promise<RawMember> {
  const member = await enrolByHand(network, 'hand')
  await signByHand(member)
  await member.publishCard()
  await member.call(hubEndpoints.nextTask, { query: { wait: 0 } })
  return member
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    error => (error instanceof Refusal ? error.code : String(error)),
  )

function handIn({ call, card }: RawMember, id: string) {
  const params = { task: id as never }
  const announce = (file: Uint8Array) => call(hubEndpoints.offerUpdate, { params, body: manifestOf(file) })
  return {
    announce,
    async put(file: Uint8Array) {
      const { missing } = await announce(file)
      for (const [index, { digest }] of manifestOf(file).chunks.entries())
        if (missing.includes(digest))
          await call(hubEndpoints.putChunk, {
            params: { ...params, digest },
            body: sliceChunks(file)[index]!,
          })
    },
    finish: (file: Uint8Array) =>
      call(hubEndpoints.finishTraining, {
        params,
        body: { update: digestOfManifest(manifestOf(file)), examples: card.trainExamples },
      }),
  }
}

/** What the run made, and the digest of the update that the log says it was made of. */
async function madeBy(network: Network, { id, result }: RunView) {
  const { weights } = await network.operator(hubEndpoints.getModel, { params: { version: result! } })
  const parts: Uint8Array[] = []
  for (const { digest } of weights.chunks) {
    const params = { version: result!, digest }
    parts.push((await network.operator(hubEndpoints.getModelChunk, { params })) as Uint8Array)
  }
  const entries = wholeLog(join(network.directory, 'hub', 'hub.sqlite')).map(text => JSON.parse(text))
  const taken = entries.filter(({ kind, body }) => kind === 'update-received' && body.run === id)
  return { floats: decodeTensors(layout, Buffer.concat(parts)), logged: taken.map(({ body }) => body.update) }
}

const updateOf = (value: number): Uint8Array =>
  encodeTensors(
    layout,
    start.map(() => value),
  )
for (const [what, bad] of [
  ['other finite numbers', 777],
  ['numbers that are not finite', Number.NaN],
] as const)
  test(`an update with ${what}, announced while another one is checked, is not averaged`, async () => {
    const { files, onLookAt } = watchedFiles()
    await using network = await openNetwork({ hubParts: { files } })
    const member = await joinByHand(network)
    const run = await network.startRun(recipe)
    const { id } = await member.nextTask()
    const { put, announce, finish } = handIn(member, id)
    await put(updateOf(bad))
    await put(good)
    // The change comes when the check has begun, and before anything is taken.
    let swapped = ''
    onLookAt(id, async () => {
      swapped = await codeOf(announce(updateOf(bad)))
    })
    await finish(good)
    assert.equal(swapped, 'done', 'it came before anything was taken')
    assert.equal(await codeOf(announce(updateOf(bad))), 'task-closed')
    const view = await network.awaitRun(run)
    assert.equal(view.phase, 'done', view.reason)
    const { floats, logged } = await madeBy(network, view)
    assert.deepEqual(floats, decodeTensors(layout, good))
    assert.deepEqual(logged, [digestOfManifest(manifestOf(good))])
  })

test('an announcement that is under way while an update is taken does not replace it', async () => {
  const { files, onLookAt } = watchedFiles()
  await using network = await openNetwork({ hubParts: { files } })
  const member = await joinByHand(network)
  const run = await network.startRun({ ...recipe, federation: { rounds: 1, partnersMin: 1 } })
  const { id } = await member.nextTask()
  const { put, announce, finish } = handIn(member, id)
  await put(updateOf(777))
  await put(good)
  const announced: Promise<string>[] = []
  onLookAt(id, async () => {
    for (let time = 0; time < 8; time++) announced.push(codeOf(announce(updateOf(777))))
  })
  await finish(good)
  for (const code of await Promise.all(announced)) assert.match(code, /^(done|task-closed|state-conflict)$/)
  const view = await network.awaitRun(run)
  assert.equal(view.phase, 'done', view.reason)
  const { floats, logged } = await madeBy(network, view)
  assert.deepEqual(floats, decodeTensors(layout, good))
  assert.deepEqual(logged, [digestOfManifest(manifestOf(good))])
})

test('a masked update that was announced while another one is taken is no part of the sum', async () => {
  const { files, onLookAt } = watchedFiles()
  await using network = await openNetwork({ hubParts: { files } })
  await network.joinWithTables(tables)
  await network.stopNode('d')
  let masked: Manifest | undefined
  const codes: string[] = []
  const swapping = (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const { params, body } = (input ?? {}) as { params?: { task: never }; body?: unknown }
      const which = endpoint as unknown
      if (which === hubEndpoints.offerUpdate) masked ??= body as Manifest
      if (
        which !== hubEndpoints.sendAggregationMessage ||
        (body as { kind: string }).kind !== 'masked-input' ||
        codes.length > 0
      )
        return await call(endpoint, input as never, options)
      const { bytes } = masked!
      const other = { bytes, chunks: [{ digest: digestOfBytes(Buffer.from('x')), bytes }] }
      onLookAt(params!.task, async () => {
        codes.push(await codeOf(call(hubEndpoints.offerUpdate, { params: params!, body: other })))
      })
      const answer = await call(endpoint, input as never, options)
      codes.push(await codeOf(call(hubEndpoints.offerUpdate, { params: params!, body: other })))
      return answer
    }) as Caller
  await network.startNode('d', { wrapCaller: swapping })
  const view = await network.awaitRun(await network.startRun(recipeOf(secure, { rounds: 1 })))
  assert.deepEqual(codes, ['done', 'state-conflict'])
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(sent(view, 1), Object.keys(tables))
})
