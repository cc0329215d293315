import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'

/** A PostgreSQL server of this test alone, on a temporary directory; reached through a socket in it. */
export interface PostgresServer extends AsyncDisposable {
  /** Makes an empty database, with a name of its own unless one is given, and returns its URL. */
  createDatabase(name?: string): Promise<string>
  /** The URL of a database by its name. */
  urlOf(name: string): string
  /** Where its socket lies: another process reaches it by `createDatabaseOf`. */
  readonly folder: string
  /** Ends the server at once, as a power cut would: nothing is written back first. */
  kill(): Promise<void>
  /** Stops all of its processes where they stand: connections stay open, and nobody answers. */
  pause(): void
  /** Lets them go on. */
  resume(): void
  /** Cuts the connections of all others, as a network that fails would. */
  endOtherConnections(): Promise<void>
  /** Starts it again on the same directory. */
  start(): Promise<void>
}

/** The folder of the newest PostgreSQL that Debian installed; undefined where there is none. */
export function postgresBin(): string | undefined {
  const root = '/usr/lib/postgresql'
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : []
  return versions.map(version => join(root, version, 'bin')).find(bin => existsSync(join(bin, 'initdb')))
}

/**
 * Starts Debian's PostgreSQL. It does not run as root: for root it runs as the user `postgres`. Throws without one.
 * `syncs: false` is for tests of queries alone: what was committed is in memory only.
 */
export async function startPostgres({ syncs = true } = {}): Promise<PostgresServer> {
  const bin = postgresBin()
  if (bin === undefined) throw new Error('PostgreSQL is not installed: `apt-get install postgresql`')
  const path = mkdtempSync(join(tmpdir(), 'consort-postgres-'))
  const user = serverUser()
  if (user) chownSync(path, user.uid, user.gid)
  const data = join(path, 'data')
  const made = spawnSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'consort', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '--no-sync'],
    { ...user, cwd: path, encoding: 'utf8' },
  )
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`)
  writeFileSync(join(data, 'postgresql.auto.conf'), settings(path, syncs), { flag: 'a' })

  const administer = (sql: string): Promise<void> => administerAt(path, sql)
  let child: ReturnType<typeof spawn> | undefined
  const end = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
  }
  const server: PostgresServer = {
    createDatabase: (name = `consort_${++databases}`) => createDatabaseOf(path, name),
    urlOf: name => urlOf(path, name),
    folder: path,
    async start() {
      child = spawn(join(bin, 'postgres'), ['-D', data], { ...user, cwd: path, stdio: 'ignore' })
      for (;;) {
        if (child.exitCode !== null) throw new Error(`PostgreSQL ended with ${child.exitCode}`)
        if (
          await administer('select 1').then(
            () => true,
            () => false,
          )
        )
          return
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
    endOtherConnections: () =>
      administer(
        'select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname is not null',
      ),
    pause: () => signalAll(child!.pid!, 'SIGSTOP'),
    resume: () => signalAll(child!.pid!, 'SIGCONT'),
    kill: () => end('SIGQUIT'), // the server's word for "no checkpoint, no goodbye"
    async [Symbol.asyncDispose]() {
      await end('SIGINT')
      rmSync(path, { recursive: true, force: true })
    },
  }
  await server.start()
  return server
}

let databases = 0

/** A process for each connection, and some for the server's own work. */
function signalAll(server: number, signal: NodeJS.Signals): void {
  const children = readFileSync(`/proc/${server}/task/${server}/children`, 'utf8').split(' ')
  for (const pid of [server, ...children.filter(text => text !== '').map(Number)]) process.kill(pid, signal)
}

/** Makes an empty database in the server whose socket lies in a folder, and returns its URL. */
export async function createDatabaseOf(folder: string, name: string): Promise<string> {
  await administerAt(folder, `create database "${name}"`)
  return urlOf(folder, name)
}

async function administerAt(folder: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: urlOf(folder, 'postgres') })
  client.on('error', () => {})
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}

function urlOf(socketFolder: string, name: string): string {
  return `postgres://consort@/${name}?host=${encodeURIComponent(socketFolder)}`
}

function settings(socketFolder: string, syncs: boolean): string {
  return [
    `unix_socket_directories = '${socketFolder}'`,
    `listen_addresses = ''`,
    'max_connections = 100',
    'shared_buffers = 32MB',
    `fsync = ${syncs ? 'on' : 'off'}`,
  ].join('\n')
}

/** Whom root runs the server as; undefined for somebody who is not root. */
function serverUser(): { readonly uid: number; readonly gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const idOf = (flag: '-u' | '-g'): number => {
    const { stdout, status } = spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' })
    if (status !== 0) throw new Error('there is no user `postgres`: Debian makes one with its package')
    return Number(stdout)
  }
  return { uid: idOf('-u'), gid: idOf('-g') }
}
