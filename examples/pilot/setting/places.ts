import { execFileSync } from 'node:child_process'

/** Where the pilot's processes run: each in a network namespace of its own, or all on loopback. */
export interface Places extends Disposable {
  readonly kind: 'namespaces' | 'loopback'
  /** Why there are no namespaces. */
  readonly why: string | undefined
  /** The address at which a place is reached from the others. */
  addressOf(name: string): string
  /** What is outside: where the proxy listens. */
  readonly outside: string
  /** The command line that runs another one in a place. */
  inside(name: string, line: readonly string[]): string[]
}

/** Namespaces joined by a bridge (iproute2), where the machine allows it. */
export function openPlaces(names: readonly string[]): Places {
  try {
    return openNamespaces(names)
  } catch (error) {
    return {
      kind: 'loopback',
      why: String((error as Error).message).split('\n')[0],
      addressOf: () => '127.0.0.1',
      outside: '127.0.0.1',
      inside: (_, line) => [...line],
      [Symbol.dispose]() {},
    }
  }
}

function openNamespaces(names: readonly string[]): Places {
  const ip = (...line: string[]) => execFileSync('ip', line, { stdio: 'pipe' })
  const tag = process.pid.toString(36)
  const net = `10.231.${process.pid % 250}`
  const bridge = `cb${tag}`
  const spaceOf = (name: string): string => `consort-${tag}-${name}`
  const addressOf = (name: string): string => `${net}.${names.indexOf(name) + 1}`
  const made: string[][] = []
  const undo = (): void => {
    for (const line of made.reverse()) execFileSync('ip', line, { stdio: 'ignore' })
  }
  try {
    ip('link', 'add', bridge, 'type', 'bridge')
    made.push(['link', 'del', bridge])
    ip('addr', 'add', `${net}.254/24`, 'dev', bridge)
    ip('link', 'set', bridge, 'up')
    for (const [index, name] of names.entries()) {
      const [space, near, far] = [spaceOf(name), `cv${tag}${index}`, `cw${tag}${index}`]
      ip('netns', 'add', space)
      made.push(['netns', 'del', space])
      ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far)
      ip('link', 'set', near, 'master', bridge, 'up')
      ip('link', 'set', far, 'netns', space)
      ip('-n', space, 'addr', 'add', `${addressOf(name)}/24`, 'dev', far)
      ip('-n', space, 'link', 'set', far, 'up')
      ip('-n', space, 'link', 'set', 'lo', 'up')
    }
  } catch (error) {
    undo()
    throw error
  }
  return {
    kind: 'namespaces',
    why: undefined,
    addressOf,
    outside: `${net}.254`,
    inside: (name, line) => ['ip', 'netns', 'exec', spaceOf(name), ...line],
    [Symbol.dispose]: undo,
  }
}
