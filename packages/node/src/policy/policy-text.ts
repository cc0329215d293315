import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  type Stats,
  statSync,
} from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { Refusal } from '@consort/protocol'

/** Where the site's policy stands. */
export interface PolicyPlace {
  readonly path: string
  /** True when CONSORT_POLICY_FILE names it; false for `policy.yaml` in the data directory, which may be absent. */
  readonly isNamed: boolean
}

/** The place that a node's settings say. Throws `policy-refused` when CONSORT_POLICY_FILE is set to nothing. */
export function policyPlaceOf(config: { dataPath: string; policyFile: string | undefined }): PolicyPlace {
  const { dataPath, policyFile } = config
  if (policyFile === undefined) return { path: join(dataPath, defaultName), isNamed: false }
  if (policyFile.trim() === '') throw refuse('CONSORT_POLICY_FILE is set, but empty', wayOutNamed)
  return { path: resolve(policyFile), isNamed: true }
}

/**
 * The text of the policy; undefined when the operator has none. Only a default file that is certainly not there means
 * that: one that is named, misspelt or cannot be read was meant to forbid something, so that nothing is allowed. Throws
 * `policy-refused`.
 */
export function readPolicyText({ path, isNamed }: PolicyPlace): string | undefined {
  const what = isNamed ? `CONSORT_POLICY_FILE: ${path}` : path
  const wayOut = isNamed
    ? wayOutNamed
    : 'Let this node’s user read it, or move it away to go without a policy.'
  try {
    const text = readOrdinary(path)
    if (text === undefined) throw refuse(`${what} is no ordinary file`, wayOut)
    return text
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    if (!isNotFound(cause)) throw refuse(`${what} cannot be read (${codeOf(cause)})`, wayOut, cause)
    if (isLink(path)) throw refuse(`${what} is a link to a file that is not there`, wayOut, cause)
    if (isNamed) throw refuse(`${what} does not exist`, wayOut, cause)
    refuseMisspelt(path)
    return undefined
  }
}

/** Undefined for a pipe or a device: to open or read one may take for ever, also where it takes a file's place. */
function readOrdinary(path: string): string | undefined {
  if (!mayBeRead(statSync(path))) return undefined
  const file = openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)) // Windows has no such flag
  try {
    return mayBeRead(fstatSync(file)) ? readFileSync(file, 'utf8') : undefined
  } finally {
    closeSync(file)
  }
}

/** A folder too: what the system says of it then is told. */
function mayBeRead(stats: Stats): boolean {
  return stats.isFile() || stats.isDirectory()
}

const defaultName = 'policy.yaml'
const wayOutNamed =
  'Put the file there or correct the setting; unset it to use `policy.yaml` in the data directory.'

/** How people, editors and file managers spell the name instead. Backups such as `policy.yaml.bak` mean nothing. */
const misspelling = /^policy\.(ya?ml|json)(\.txt)?$/i

function refuseMisspelt(path: string): void {
  const found = namesBeside(path).find(name => misspelling.test(name) && name !== basename(path))
  if (found === undefined) return
  throw refuse(
    `${join(dirname(path), found)} is not read: the file is called ${basename(path)}`,
    'Rename it, or name it in CONSORT_POLICY_FILE; move it away to go without a policy.',
  )
}

function namesBeside(path: string): string[] {
  try {
    return readdirSync(dirname(path))
  } catch (cause) {
    if (isNotFound(cause)) return []
    throw refuse(
      `${dirname(path)} cannot be listed (${codeOf(cause)})`,
      'Let this node’s user read it.',
      cause,
    )
  }
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined
}

function isNotFound(cause: unknown): boolean {
  return codeOf(cause) === 'ENOENT'
}

function codeOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown'
}

function refuse(why: string, wayOut: string, cause?: unknown): Refusal {
  return new Refusal('policy-refused', why, {
    hint: `Until then this node does no work. ${wayOut} See docs/policy.md.`,
    cause,
  })
}
