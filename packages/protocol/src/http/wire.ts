import { Refusal } from '@consort/basics'
import { isNewerVersion } from '../newer-version.ts'

/** What one side of a call speaks. */
export interface WireSupport {
  /** Of Consort, such as `0.1.0`; undefined where it does not say. */
  readonly version: string | undefined
  /** The newest form of the calls that it knows. */
  readonly wire: number
  /** The oldest form that it still serves, and still makes itself understood in. */
  readonly wireMin: number
}

/** Carries a `WireSupport`, in every request and every answer. */
export const versionHeader = 'consort-version'

/**
 * Raise `wire` when a call changes so that a side which does not know of it would misunderstand; raise
 * `wireMin` when the code for the older form goes.
 */
const spoken = { wire: 3, wireMin: 1 }

/** Whoever sends no header: it comes from before there was one. */
const unsaid: WireSupport = { version: undefined, wire: 1, wireMin: 1 }

/** What this code speaks, as the Consort of a version. */
export function ownSupport(version: string): WireSupport {
  return { version, ...spoken }
}

/** Writes the header, such as `0.1.0;wire=3;min=1`. */
export function formatSupport({ version, wire, wireMin }: WireSupport): string {
  return `${version ?? 'unknown'};wire=${wire};min=${wireMin}`
}

const pattern = /^([\w.+-]{1,40});wire=([1-9]\d{0,5});min=([1-9]\d{0,5})(?:;|$)/

/** Reads the header; absent it stands for wire 1, and what has another form is undefined. */
export function parseSupport(header: string | undefined): WireSupport | undefined {
  if (header === undefined) return unsaid
  const [, version, wire, wireMin] = pattern.exec(header) ?? []
  if (version === undefined || Number(wireMin) > Number(wire)) return undefined
  return { version, wire: Number(wire), wireMin: Number(wireMin) }
}

/**
 * Throws `version-unsupported`, with both versions and who has to be upgraded, when caller and server have no
 * form of the calls in common.
 */
export function checkSupport({ caller, server }: { caller: WireSupport; server: WireSupport }): void {
  const isTooOld = caller.wire < server.wireMin
  if (!isTooOld && server.wire >= caller.wireMin) return
  const newer = isTooOld ? server : caller
  throw new Refusal(
    'version-unsupported',
    `The caller is ${nameOf(caller)}, the server ${nameOf(server)}: they have no form of the calls in common`,
    {
      hint: `Upgrade the ${isTooOld ? 'caller' : 'server'} to the other side’s version, ${newer.version ?? 'which it does not say'}, or a later one; data directories stay.`,
    },
  )
}

/**
 * Makes the refusal of an answer in a form that the caller does not know, where its server is the newer side; undefined
 * where that does not explain it.
 */
export function newerServer(
  what: string,
  sides: { caller: WireSupport; server: WireSupport },
  cause: unknown,
): Refusal | undefined {
  const { caller, server } = sides
  if (olderSide(sides) !== 'caller' && server.wire <= caller.wire) return undefined
  return new Refusal(
    'version-unsupported',
    `${what} has a form that the caller, ${nameOf(caller)}, does not know: the server is ${nameOf(server)}`,
    {
      hint: `Upgrade the caller to the server’s version, ${server.version ?? 'which it does not say'}, or a later one; data directories stay.`,
      cause,
    },
  )
}

/** Says which side is the older one. Who does not say a version is older than who does. */
export function olderSide(sides: {
  caller: WireSupport
  server: WireSupport
}): 'caller' | 'server' | undefined {
  const { caller, server } = sides
  if (isOlder(caller, server)) return 'caller'
  return isOlder(server, caller) ? 'server' : undefined
}

function isOlder({ version: left }: WireSupport, { version: right }: WireSupport): boolean {
  return right !== undefined && (left === undefined || isNewerVersion(right, left))
}

function nameOf({ version, wire, wireMin }: WireSupport): string {
  const forms = wire === wireMin ? `wire ${wire}` : `wire ${wireMin} to ${wire}`
  return `${version === undefined ? 'a Consort that does not say its version' : `Consort ${version}`} (${forms})`
}
