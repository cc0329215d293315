import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { ContestantError } from '../contestant.ts'
import { openDiskFolder } from '../round/disk-folder.ts'

export const howToInstallFlower =
  'no Python with flwr was found: pip install flwr, and name the interpreter in CONSORT_BENCH_PYTHON'

export type FlowerRounds = { version: string; intervals: number[] }

const startWithinMs = 60_000
const roundWithinMs = 60_000

/**
 * Flower as its documentation deploys it, on loopback without TLS: a SuperLink, two SuperNodes, and `flwr run` with an
 * app that trains nothing (flower-app/). Milliseconds from one aggregated version to the next by the server app's
 * clock; like ours, each holds an evaluation at both nodes and a training at both nodes. Its defaults stand: what a
 * SuperLink keeps is in memory, nodes are not authenticated, each message is handled in a new process.
 *
 * @throws ContestantError when a process ends early or is too slow.
 */
export async function measureFlower(python: string, rounds: number): Promise<FlowerRounds> {
  const { version, scripts } = whereIsFlower(python)
  await using stack = new AsyncDisposableStack()
  const home = stack.use(openDiskFolder()).path
  const [link, ...nodes] = await freePorts(3)
  const connection = `[superlink]\ndefault = "here"\n[superlink.here]\naddress = "127.0.0.1:${link}"\ninsecure = true\n`
  writeFileSync(join(home, 'config.toml'), connection)
  const env = {
    ...process.env,
    PATH: `${scripts}${delimiter}${process.env.PATH}`,
    FLWR_HOME: home,
    FLWR_TELEMETRY_ENABLED: '0',
    FLWR_DISABLE_UPDATE_CHECK: '1',
  }
  const start = (name: string, args: string[]): ChildProcess => {
    const child = spawn(join(scripts, name), args, { env, stdio: ['ignore', 'pipe', 'ignore'] })
    child.on('error', () => undefined)
    stack.defer(() => end(child))
    return child
  }
  const here = ['--insecure', '--host', '127.0.0.1', '--port', String(link)]
  start('flower-superlink', [...here, '--disable-runtime-dependency-installation']).stdout?.resume()
  await answers(`http://127.0.0.1:${link}/health`)
  for (const port of nodes) {
    const args = ['--insecure', '--superlink', `127.0.0.1:${link}`, '--port', String(port)]
    start('flower-supernode', args).stdout?.resume()
  }
  const app = fileURLToPath(new URL('./flower-app', import.meta.url))
  const config = `num-server-rounds=${rounds}`
  const run = start('flwr', ['run', app, 'here', '--run-config', config, '--stream'])
  const times = await timesOf(run, rounds)
  return { version, intervals: times.slice(1).map((time, i) => 1000 * (time - (times[i] ?? Number.NaN))) }
}

function whereIsFlower(python: string): { version: string; scripts: string } {
  const script = 'import flwr, sysconfig; print(flwr.__version__); print(sysconfig.get_path("scripts"))'
  const { stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8', timeout: 30_000 })
  const [version, scripts] = stdout.trim().split('\n')
  if (!version || !scripts) throw new ContestantError('this Python cannot import flwr')
  return { version, scripts }
}

async function answers(url: string): Promise<void> {
  for (const until = performance.now() + startWithinMs; performance.now() < until; await sleep(200)) {
    const isThere = await fetch(url).then(
      ({ ok }) => ok,
      () => false,
    )
    if (isThere) return
  }
  throw new ContestantError('its SuperLink did not start')
}

/** Seconds since 1970 at which each round's version was made. */
async function timesOf(run: ChildProcess, rounds: number): Promise<number[]> {
  if (!run.stdout) throw new ContestantError('flwr run has no output')
  const times: number[] = []
  const timer = setTimeout(() => run.kill(), startWithinMs + rounds * roundWithinMs)
  for await (const line of createInterface({ input: run.stdout })) {
    const told = /^version-made (\{.*\})$/.exec(line)?.[1]
    if (told) times.push((JSON.parse(told) as { at: number }).at)
  }
  clearTimeout(timer)
  if (times.length < rounds)
    throw new ContestantError(`it made ${times.length} of ${rounds} versions in time`)
  return times
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
  const ended = once(child, 'exit')
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await ended
  clearTimeout(timer)
}

/** Ports that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'))
  await Promise.all(servers.map(server => once(server, 'listening')))
  const ports = servers.map(server => {
    const address = server.address()
    return typeof address === 'object' && address ? address.port : 0
  })
  for (const server of servers) server.close()
  return ports
}
