import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'node:test'
import { fileURLToPath } from 'node:url'
import { digestOfManifest, hubEndpoints, type RecipeInput, type RunView } from '@consort/protocol'
import { type Network, openNetwork } from '../network.ts'
import { tableRecipe } from '../table-data.ts'

const program = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** The node of a directory as the process that its owner would start. */
function startProcess(network: Network, name: string): ChildProcess {
  const line = [
    '--conditions=source',
    program,
    'partner',
    'start',
    '--data',
    network.nodeConfig(name).dataPath,
  ]
  return spawn(process.execPath, line, { stdio: 'ignore', env: { ...process.env, CONSORT_LOG: 'silent' } })
}

async function kill(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  child.kill(signal)
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

async function digestOf(network: Network, view: RunView): Promise<string> {
  assert.equal(view.phase, 'done', view.reason)
  return digestOfManifest(
    (await network.operator(hubEndpoints.getModel, { params: { version: view.result! } })).weights,
  )
}

/** Runs a recipe twice with node a as a process: in peace, then killing it when `when` holds and starting it again. */
async function killedAndNot(
  network: Network,
  recipe: RecipeInput,
  when: (view: RunView) => boolean,
): Promise<{ peaceful: string; killed: string; view: RunView }> {
  await network.stopNode('a')
  let child = startProcess(network, 'a')
  try {
    const peaceful = await digestOf(network, await network.awaitRun(await network.startRun(recipe)))
    const run = await network.startRun(recipe)
    await network.watchRun(run, when)
    await kill(child, 'SIGKILL')
    child = startProcess(network, 'a')
    const view = await network.awaitRun(run)
    return { peaceful, killed: await digestOf(network, view), view }
  } finally {
    await kill(child, 'SIGTERM')
  }
}

test('a node killed while it trains starts over and hands in the same bits', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 400, b: 90 })
  const recipe = { ...tableRecipe, federation: { rounds: 1, localEpochs: 400 } } as const
  const isTraining = (view: RunView): boolean => (view.history.at(-1)?.members[0]?.progress ?? 0) > 0.1
  const { peaceful, killed } = await killedAndNot(network, recipe, isTraining)
  assert.equal(killed, peaceful)
})

test('a node killed while it uploads goes on with the chunks that are missing', async () => {
  await using network = await openNetwork({ link: { bytesPerSecond: 10e6 } })
  await network.joinWithTables({ a: 60 })
  const units = 2000
  const recipe = {
    ...tableRecipe,
    model: {
      kind: 'mlp',
      layers: [
        { kind: 'dense', units },
        { kind: 'dense', units },
      ],
    },
    optimiser: { kind: 'sgd', learningRate: 0.01 },
    federation: { rounds: 1, partnersMin: 1 },
  } as const satisfies RecipeInput
  const bytes = 4 * (units * units + 6 * units)
  const { peaceful, killed, view } = await killedAndNot(network, recipe, now => now.bytes.up > bytes / 3)
  assert.equal(killed, peaceful)
  assert.ok(view.bytes.up < 1.2 * bytes, `${view.bytes.up} bytes arrived for an update of ${bytes}`)
})
