import { BlockList, isIP } from 'node:net'
import { domainToASCII } from 'node:url'

/**
 * Which addresses are reached without the proxy: loopback always, and what NO_PROXY lists, read as curl and Go read it.
 * Entries stand between commas or spaces: `*` for everything, a name for itself and all below it (a leading dot or `*.`
 * changes nothing), an IP address, a range such as 10.0.0.0/8 or fd00::/8; a name or an address may end in a port.
 * Capital letters do not matter. What is none of these matches nothing.
 */
export function readNoProxy(noProxy: string | undefined): (url: URL) => boolean {
  const entries = (noProxy ?? '')
    .split(/[\s,]+/)
    .filter(entry => entry !== '')
    .map(parseEntry)
  return url => isLoopback(url) || entries.some(matches => matches(targetOf(url)))
}

/**
 * True for this machine by any of its own names: localhost, *.localhost, 127.0.0.0/8 and ::1, also IPv4 written as
 * IPv6.
 */
export function isLoopback(url: URL): boolean {
  const { name, address } = targetOf(url)
  if (address !== undefined) return isInside(loopback, address)
  return name === 'localhost' || name.endsWith('.localhost')
}

interface Address {
  readonly text: string
  readonly family: 'ipv4' | 'ipv6'
}
interface Target {
  readonly name: string
  /** Where the name is an IP address. */
  readonly address: Address | undefined
  readonly port: number
}
type Entry = (target: Target) => boolean

const loopback = new BlockList()
loopback.addSubnet('127.0.0.0', 8, 'ipv4')
loopback.addAddress('::1', 'ipv6')

const never: Entry = () => false

function targetOf({ protocol, hostname, port }: URL): Target {
  const name = plainName(hostname.replace(/^\[|\]$/g, ''))
  const ofProtocol = protocol === 'https:' ? 443 : 80
  return { name, address: addressOf(name), port: port === '' ? ofProtocol : Number(port) }
}

function parseEntry(entry: string): Entry {
  if (entry === '*') return () => true
  if (entry.includes('/')) return parseRange(entry)
  const { host, port } = splitPort(entry)
  const matches = parseHost(host)
  return port === undefined ? matches : target => target.port === Number(port) && matches(target)
}

/** Colons stand in IPv6 addresses too: with a port those are in brackets. */
function splitPort(entry: string): { host: string; port: string | undefined } {
  if (isIP(entry) === 6) return { host: entry, port: undefined }
  const [, bracketed, name, port] = /^(?:\[(.+)\]|([^:]+))(?::(\d+))?$/.exec(entry) ?? []
  return { host: bracketed ?? name ?? '', port }
}

function parseHost(host: string): Entry {
  const address = addressOf(host)
  if (address !== undefined) {
    const list = new BlockList()
    list.addAddress(address.text, address.family)
    return inList(list)
  }
  const wanted = plainName(host.replace(/^\*?\./, ''))
  if (wanted === '') return never
  return ({ name, address: isAddress }) =>
    isAddress === undefined && (name === wanted || name.endsWith(`.${wanted}`))
}

function parseRange(entry: string): Entry {
  const [, text, bits] = /^\[?([^\]]+)\]?\/(\d{1,3})$/.exec(entry) ?? []
  const address = addressOf(text ?? '')
  if (address === undefined) return never
  const wasMapped = isIP(text!) === 6 && address.family === 'ipv4'
  const prefix = Number(bits) - (wasMapped ? 96 : 0)
  if (prefix < 0 || prefix > (address.family === 'ipv4' ? 32 : 128)) return never
  const list = new BlockList()
  list.addSubnet(address.text, prefix, address.family)
  return inList(list)
}

function inList(list: BlockList): Entry {
  return ({ address }) => address !== undefined && isInside(list, address)
}

function isInside(list: BlockList, { text, family }: Address): boolean {
  return list.check(text, family)
}

/** In small letters, as it stands in a URL, without the dot at the end of a full name. */
function plainName(name: string): string {
  if (isIP(name) !== 0) return name.toLowerCase()
  const bare = name.replace(/\.+$/, '')
  return domainToASCII(bare) || bare.toLowerCase()
}

/** An IPv4 address that is written as IPv6 is the IPv4 address. */
function addressOf(text: string): Address | undefined {
  if (isIP(text) === 4) return { text, family: 'ipv4' }
  if (isIP(text) !== 6 || text.includes('%')) return undefined
  const canonical = new URL(`http://[${text}]`).hostname.slice(1, -1)
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical)
  if (mapped === null) return { text: canonical, family: 'ipv6' }
  const bytes = mapped
    .slice(1)
    .flatMap(half => [Number.parseInt(half, 16) >> 8, Number.parseInt(half, 16) & 255])
  return { text: bytes.join('.'), family: 'ipv4' }
}
