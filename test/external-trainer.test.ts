import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { hubEndpoints, type RecipeInput, type RunView } from '@consort/protocol'
import { pino } from 'pino'
import { type Network, type NetworkOptions, openNetwork } from './network.ts'
import { tableRecipe } from './table-data.ts'

const example = (name: string): string =>
  fileURLToPath(new URL(`../examples/trainers/${name}`, import.meta.url))

const logistic = {
  ...tableRecipe,
  model: { kind: 'logistic' },
  optimiser: { kind: 'sgd', learningRate: 0.1 },
} as const satisfies RecipeInput

const alone = { rounds: 1, partnersMin: 1, roundWithinSeconds: 60 } as const

/** A network whose nodes write their log to `log`. */
async function openLogged(
  options: NetworkOptions = {},
): Promise<Network & { log: () => Record<string, unknown>[] }> {
  const lines: string[] = []
  const log = pino({ level: 'debug' }, { write: line => lines.push(line) })
  const network = await openNetwork({ ...options, nodeParts: { log } })
  return Object.assign(network, { log: () => lines.map(line => JSON.parse(line)) })
}

/** From the next task on, node a trains with this; without a command, with its own engine. */
function setTrainer(network: Network, trainer?: { command: string[] } & Record<string, unknown>): void {
  const policy = { cpu: { threads: 1 }, ...(trainer && { trainer }) }
  writeFileSync(join(network.directory, 'a', 'policy.yaml'), JSON.stringify(policy))
}

async function runOnce(network: Network, recipe: RecipeInput): Promise<RunView> {
  return await network.awaitRun(await network.startRun(recipe))
}

function prefixOf(network: Network): string {
  return `consort-trainer-${network.nodes.get('a')!.enrolment.member}-`
}

function foldersLeft(prefix: string): string[] {
  return readdirSync(tmpdir()).filter(name => name.startsWith(prefix))
}

/** What runs PyTorch here, if anything does. */
const python = ['python3', '/usr/bin/python3'].map(pythonWithTorch).find(path => path !== undefined)
const withoutTorch = python === undefined && 'no python3 with torch on this machine'

test('a partner trains with its own program among others, and the model learns', async () => {
  await using network = await openLogged()
  await network.joinWithTables({ a: 200, b: 120 })
  setTrainer(network, { command: [process.execPath, example('train-logistic.mjs')] })
  const view = await runOnce(network, { ...logistic, federation: { rounds: 3, localEpochs: 2 } })
  assert.equal(view.phase, 'done', view.reason)
  for (const { members } of view.history) {
    assert.deepEqual(
      members.map(({ outcome }) => outcome),
      ['received', 'received'],
    )
    assert.ok(members[0]!.weight! > members[1]!.weight!, 'it counts by its examples')
  }
  const losses = view.history.map(({ members }) => members[0]!.loss!)
  assert.ok(losses[0]! > losses[1]! && losses[1]! > losses[2]!, `losses ${losses}`)
  const { accuracy } = view.history[2]!.evaluations[0]!.metrics!.values
  assert.ok(accuracy! > 0.75, `accuracy ${accuracy}`)
  assert.deepEqual(foldersLeft(prefixOf(network)), [])
})

test('the PyTorch example learns round after round', { skip: withoutTorch }, async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 200 })
  copyFileSync(example('train_pytorch.py'), join(network.directory, 'a', 'train.py'))
  setTrainer(network, { command: [python!, 'train.py'] })
  const strategy = { kind: 'fedprox', mu: 0.01 } as const
  const view = await runOnce(network, { ...tableRecipe, federation: { ...alone, rounds: 3, strategy } })
  assert.equal(view.phase, 'done', view.reason)
  const [first, , last] = view.history.map(({ members }) => members[0]!.loss!)
  assert.ok(last! < first!, `a loss of ${first}, then ${last}`)
})

/** Bodies of programs in Node; `task`, `copy()` and `metrics(…)` are there for them. */
const faults: Record<string, { body: string; code: string; says: RegExp; policy?: object }> = {
  'exits with a code': { body: 'process.exitCode = 3', code: 'trainer-failed', says: /exit code 3/ },
  throws: { body: 'throw new Error("no idea")', code: 'trainer-failed', says: /exit code 1/ },
  'is killed': {
    body: 'process.kill(process.pid, "SIGKILL")',
    code: 'trainer-failed',
    says: /ended by SIGKILL/,
  },
  'leaves nothing': { body: '', code: 'trainer-output-invalid', says: /left no metrics\.json/ },
  'leaves no update': {
    body: 'metrics({})',
    code: 'trainer-output-invalid',
    says: /left no update\.safetensors/,
  },
  'leaves another shape': {
    body: 'metrics({}); writeFileSync("update.safetensors", copy().replace("[8,2]", "[2,8]"), "latin1")',
    code: 'trainer-output-invalid',
    says: /tensor dense1\.weight has the shape \[2,8\] instead of \[8,2\]/,
  },
  'leaves NaN': {
    body: 'metrics({}); writeFileSync("update.safetensors", copy().slice(0, -4) + "\\x00\\x00\\xc0\\x7f", "latin1")',
    code: 'trainer-output-invalid',
    says: /not finite/,
  },
  'counts other examples': {
    body: 'metrics({ examples: task.examples + 1 }); writeFileSync("update.safetensors", copy(), "latin1")',
    code: 'trainer-output-invalid',
    says: /tells of \d+ examples, there were \d+/,
  },
  'leaves a loss that is none': {
    body: 'metrics({ loss: "low" }); writeFileSync("update.safetensors", copy(), "latin1")',
    code: 'trainer-output-invalid',
    says: /metrics\.json is not/,
  },
  'takes more memory than it may': {
    body: 'const kept = []; for (let i = 0; i < 16; i++) kept.push(Buffer.alloc(2 ** 26, 1)); process.exit(0)',
    code: 'trainer-failed',
    says: /exit code|ended by/,
    policy: { memoryMaxMb: 512 },
  },
  'is to run as nobody we know': {
    body: '',
    code: 'policy-refused',
    says: /does not know|does not run as root/,
    policy: { user: 'no-such-user' },
  },
}

const preamble = `
import { readFileSync, writeFileSync } from 'node:fs'
const task = JSON.parse(readFileSync('task.json', 'utf8'))
const copy = () => readFileSync(task.files.weights, 'latin1')
const metrics = change =>
  writeFileSync(task.files.metrics, JSON.stringify({ loss: 0.5, examples: task.examples, ...change }))
`
const wellBehaved = 'metrics({}); writeFileSync("update.safetensors", copy(), "latin1")'

/** Writes a program beside the policy of node a and has it train there. */
function setProgram(network: Network, body: string, policy: object = {}): void {
  writeFileSync(join(network.directory, 'a', 'program.mjs'), `${preamble}${body}\n`)
  setTrainer(network, { command: [process.execPath, 'program.mjs'], ...policy })
}

test('whatever a program does wrong is named by code, and the node works on', async () => {
  await using network = await openLogged()
  await network.joinWithTables({ a: 60 })
  const recipe = { ...tableRecipe, federation: alone }
  for (const [what, { body, code, says, policy }] of Object.entries(faults)) {
    setProgram(network, body, policy)
    const view = await runOnce(network, recipe)
    assert.equal(view.phase, 'failed', what)
    const { failure } = view.history[0]!.members[0]!
    assert.equal(failure?.code, code, `${what}: ${JSON.stringify(network.log().at(-1))}`)
    const details = network.log().find(line => line.reference === failure.reference)
    assert.match(String(details?.message), says, what)
    assert.deepEqual(foldersLeft(prefixOf(network)), [], what)
  }
  setProgram(network, wellBehaved)
  assert.equal((await runOnce(network, recipe)).phase, 'done')
})

test('a program that does not stop is gone after the deadline with its grandchild, and the run says so', async () => {
  await using network = await openLogged()
  await network.joinWithTables({ a: 60 })
  const pids = join(network.directory, 'pids')
  setProgram(
    network,
    `import { spawn } from 'node:child_process'
     process.on('SIGTERM', () => {})
     const child = spawn('sh', ['-c', 'trap "" TERM; while :; do sleep 0.1; done'], { stdio: 'inherit' })
     writeFileSync(${JSON.stringify(pids)}, process.pid + ' ' + child.pid)
     setInterval(() => {}, 1000)`,
  )
  // On a machine where the program has not even begun by the deadline, it gets a later one.
  for (let roundWithinSeconds = 8; !existsSync(pids); roundWithinSeconds *= 4) {
    const view = await runOnce(network, { ...tableRecipe, federation: { ...alone, roundWithinSeconds } })
    assert.match(view.reason, /a: trainer-timeout, see node-/)
  }
  const started = readFileSync(pids, 'utf8').split(' ').map(Number)
  assert.equal(started.length, 2)
  while (started.some(isAlive)) await sleep(10)
  assert.deepEqual(foldersLeft(prefixOf(network)), [])
})

/** Never ends by itself, and leaves its number in the network's directory. */
function setEndless(network: Network): () => number {
  const path = join(network.directory, 'pid')
  const body = `writeFileSync(${JSON.stringify(path)}, String(process.pid))
    console.log('{"progress": 0.4}')
    setInterval(() => {}, 1000)`
  setProgram(network, body)
  return () => Number(readFileSync(path, 'utf8'))
}

test('progress is what the program tells; a run that is cancelled and a node that stops end it', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60 })
  const recipe = { ...tableRecipe, federation: alone }
  const prefix = prefixOf(network)
  const pid = setEndless(network)
  const isUnderWay = (view: RunView): boolean => view.history[0]?.members[0]?.progress === 0.4
  const cancelled = await network.startRun(recipe)
  await network.watchRun(cancelled, isUnderWay)
  await network.operator(hubEndpoints.cancelRun, { params: { run: cancelled as never } })
  while (isAlive(pid())) await sleep(10)

  const stopped = await network.startRun(recipe)
  await network.watchRun(stopped, isUnderWay)
  assert.ok(isAlive(pid()))
  await network.stopNode('a')
  assert.deepEqual([isAlive(pid()), foldersLeft(prefix)], [false, []])

  mkdirSync(join(tmpdir(), `${prefix}of-a-crash`))
  setProgram(network, wellBehaved)
  await network.startNode('a')
  const view = await network.awaitRun(stopped)
  assert.equal(view.phase, 'done', view.reason)
  assert.deepEqual(foldersLeft(prefix), [])
})

test('recipes that the policy does not name for its program are trained by the engine', async () => {
  await using network = await openNetwork()
  await network.joinWithTables({ a: 60 })
  setProgram(network, 'process.exitCode = 3', { recipes: ['plane-two'] })
  const recipe = { ...tableRecipe, federation: alone }
  assert.equal((await runOnce(network, recipe)).phase, 'done')
  assert.match((await runOnce(network, { ...recipe, name: 'plane-two' })).reason, /a: trainer-failed/)
})

test('a program may run as another user', { skip: process.getuid?.() !== 0 && 'only root can' }, async () => {
  await using network = await openLogged()
  await network.joinWithTables({ a: 60 })
  // The data directory is closed to others: the program lies elsewhere, and shell is all that nobody may use for sure.
  const open = join(network.directory, 'open')
  mkdirSync(open)
  chmodSync(network.directory, 0o711)
  writeFileSync(
    join(open, 'train.sh'),
    `set -e
     cp weights.safetensors update.safetensors
     examples=$(sed -n 's/^  "examples": \\([0-9]*\\),$/\\1/p' task.json)
     echo "{\\"loss\\": null, \\"examples\\": $examples}" > metrics.json
     echo "I am $(id -un)" >&2`,
  )
  setTrainer(network, { command: ['sh', join(open, 'train.sh')], user: 'nobody' })
  const view = await runOnce(network, { ...tableRecipe, federation: alone })
  assert.equal(view.phase, 'done', `${view.reason} ${JSON.stringify(network.log())}`)
  assert.match(JSON.stringify(network.log()), /I am nobody/)
  assert.deepEqual(foldersLeft(prefixOf(network)), [])
})

test('nothing that a program prints reaches the hub, and what it says in its distress is in the node’s log', async () => {
  const canary = 'canary-of-a-trainer'
  const traffic: Buffer[] = []
  await using network = await openLogged({ link: { onSent: bytes => traffic.push(bytes) } })
  await network.joinWithTables({ a: 60 })
  const shout = `console.log('${canary}'); console.log('{"progress": 0.5, "note": "${canary}"}'); console.error('${canary}');`
  const recipe = { ...tableRecipe, federation: alone }
  const endings = [
    'process.exitCode = 3',
    `metrics({ '${canary}': 1 }); ${wellBehaved.replace('metrics({});', '')}`,
    `metrics({}); writeFileSync("update.safetensors", copy().replace("dense1.weight", "${canary}"), "latin1")`,
    wellBehaved,
  ]
  const phases: string[] = []
  for (const ending of endings) {
    setProgram(network, `${shout} ${ending}`)
    phases.push((await runOnce(network, recipe)).phase)
  }
  assert.deepEqual(phases, ['failed', 'failed', 'failed', 'done'])
  const hubFiles = globSync(join(network.directory, 'hub', '**'), { withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => readFileSync(join(entry.parentPath, entry.name)))
  const seen = Buffer.concat([...traffic, ...hubFiles])
  assert.ok(seen.length > 10_000 && !seen.includes(canary))
  assert.ok(seen.includes('trainer-failed') && seen.includes('trainer-output-invalid'))
  const said = network.log().filter(line => line.msg === 'trainer-stderr')
  assert.equal(said.length, 4)
  assert.ok(said.every(line => String(line.stderr).includes(canary) && line.task !== undefined))
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return !(existsSync('/proc/self') && / Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8')))
  } catch {
    return false
  }
}

function pythonWithTorch(name: string): string | undefined {
  try {
    const code = 'import sys, torch; print(sys.executable)'
    return execFileSync(name, ['-c', code], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  } catch {
    return undefined
  }
}
