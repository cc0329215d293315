import assert from 'node:assert/strict'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'

/** The rooms of the house, each may use those above it. */
const order = [
  'basics',
  'records',
  'protocol',
  'train',
  'data',
  'privacy',
  'agents',
  'federation',
  'agreements',
  'storage',
  'bases',
  'serving',
  'review',
  'console',
  'hub',
  'node',
  'attacks',
  'cli',
]
const linesMax = 400
const functionLinesMax = 70

const read = (path: string): string => readFileSync(path, 'utf8')
const packageOf = (path: string): string => path.split('/')[1]!
const code = globSync(['packages/*/src/**/*.ts', 'test/**/*.ts', 'examples/**/*.ts', 'bench/**/*.ts'], {
  exclude: path => path.includes('node_modules'),
})
const sources = code.filter(
  path => path.startsWith('packages/') && !path.endsWith('.test.ts') && !path.includes('/testing/'),
)
const documents = globSync(['*.md', 'docs/**/*.md', 'packages/*/README.md', 'bench/*.md', 'examples/**/*.md'])

function offenders(paths: readonly string[], rule: RegExp): string[] {
  return paths.flatMap(path =>
    read(path)
      .split('\n')
      .flatMap((line, index) => (rule.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
  )
}

test('packages import only from packages above them, and declare what they import', () => {
  const wrong = sources.flatMap(path => {
    const own = packageOf(path)
    const manifest = JSON.parse(read(`packages/${own}/package.json`))
    const imported = [...read(path).matchAll(/from '(@consort\/([\w-]+)|[^.'][^']*)(?:\/[^']*)?'/g)]
    return imported.flatMap(([, name, sibling]) => {
      if (sibling !== undefined && order.indexOf(sibling) >= order.indexOf(own))
        return [`${path} → ${sibling}`]
      const bare = name!.startsWith('@') ? name! : name!.split('/')[0]!
      // What a page in a browser uses is built into it.
      const listed = { ...manifest.dependencies, ...(path.includes('/page/') && manifest.devDependencies) }
      const isKnown = name!.startsWith('node:') || bare in listed
      return isKnown ? [] : [`${path} uses ${bare}, which packages/${own}/package.json does not list`]
    })
  })
  assert.deepEqual(wrong, [])
})

test('every dependency of a package is used by it', () => {
  const unused = globSync('packages/*/package.json').flatMap(path => {
    const own = packageOf(path)
    const text = sources
      .filter(source => packageOf(source) === own)
      .map(read)
      .join('\n')
    return Object.keys(JSON.parse(read(path)).dependencies)
      .filter(name => !new RegExp(`(?:from|import\\()\\s*'${name}[/']`).test(text))
      .map(name => `${own}: ${name}`)
  })
  assert.deepEqual(unused, [])
})

test('nobody reaches into another package past its exports', () => {
  assert.deepEqual(offenders(code, /from '(\.\.\/)+packages\/|@consort\/[\w-]+\/src\//), [])
})

test('files are short enough to be read in one sitting', () => {
  const long = code
    .map(path => [path, read(path).split('\n').length] as const)
    .filter(([, lines]) => lines > linesMax)
  assert.deepEqual(long, [])
})

test('functions fit on a screen', () => {
  const long = sources.flatMap(path => longFunctions(path, read(path)))
  assert.deepEqual(long, [])
})

/** Top-level functions by their first line and the closing brace in the first column. */
function longFunctions(path: string, text: string): string[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index) => {
    const name = /^(?:export )?(?:async )?function\*? (\w+)/.exec(line)?.[1]
    if (name === undefined) return []
    const length = lines.slice(index).indexOf('}') + 1
    return length > functionLinesMax ? [`${path}: ${name} has ${length} lines`] : []
  })
}

test('files and folders have kebab-case names that say what they are for', () => {
  const named = code.filter(
    path => !path.split('/').every(part => /^[a-z0-9]+(-[a-z0-9]+)*(\.[a-z]+)*$/.test(part)),
  )
  const vague = code.filter(path =>
    /(^|\/)(utils?|common|shared|helpers?|core|lib|misc|types)(\/|\.ts$)/.test(path),
  )
  assert.deepEqual([named, vague], [[], []])
})

test('exports are named one by one, and nothing is left unfinished', () => {
  assert.deepEqual(offenders(code, /^export (\*|default)/), [])
  assert.deepEqual(
    offenders(
      code.filter(path => path !== 'test/tidy.test.ts'),
      /\b(TODO|FIXME|XXX|HACK)\b/,
    ),
    [],
  )
  assert.deepEqual(offenders(code, /\b(test|it|describe)\.(only|todo)\(/), [])
})

test('only configuration and composition read the environment, and nothing reads the clock by itself', () => {
  const mayRead =
    /config\.ts$|no-telemetry\.ts$|cli\/src\/(main|program|output\/terminal|output\/live-lines)\.ts$/
  assert.deepEqual(
    offenders(
      sources.filter(path => !mayRead.test(path)),
      /process\.env/,
    ),
    [],
  )
  const pure = sources.filter(path =>
    /packages\/(basics|records|protocol|train|data|federation|agreements)\//.test(path),
  )
  assert.deepEqual(offenders(pure, /Date\.now\(|new Date\(\)|Math\.random\(/), [])
})

test('models are opened in one place, which forbids the runtime to tell of them', () => {
  const places =
    /executor\/session\.ts$|test\/(open-models|tidy\.test)\.ts$|^bench\/(contestants|node_modules)/
  const openings = offenders(
    code.filter(path => !places.test(path)),
    /InferenceSession\.create|new Worker\(/,
  )
  assert.deepEqual(
    openings.filter(line => !line.startsWith('packages/train/src/executor/threads.ts')),
    [],
  )
})

test('what a page in a browser loads needs no Node', () => {
  const loaded = new Set<string>()
  const load = (path: string): void => {
    if (loaded.has(path)) return
    loaded.add(path)
    for (const [, target] of read(path).matchAll(/^(?:import|export) (?!type )[^']*'([^']+)'/gm)) {
      const own = /^@consort\/(\w+)$/.exec(target!)?.[1]
      if (own !== undefined) load(`packages/${own}/src/index.ts`)
      else if (target!.startsWith('.')) load(join(dirname(path), target!))
    }
  }
  load('packages/protocol/src/browser.ts')
  assert.deepEqual(offenders([...loaded], /from 'node:|\bBuffer\b|\bprocess\./), [])
})

test('a node reads data sets in one place, once for all who need them', () => {
  const node = sources.filter(path => packageOf(path) === 'node')
  assert.deepEqual(offenders(node, /\b(readDataset|readCsv|readConformance|readColumns)\b/), [])
})

test('links in documents resolve', () => {
  const broken = documents.flatMap(path =>
    [...read(path).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)[^)]*\)/g)]
      .map(match => match[1]!)
      .filter(target => !existsSync(join(dirname(path), target)))
      .map(target => `${path} → ${target}`),
  )
  assert.deepEqual(broken, [])
})

test('every package says in its README what it is', () => {
  const silent = globSync('packages/*/package.json').filter(
    path => !existsSync(join(dirname(path), 'README.md')),
  )
  assert.deepEqual(silent, [])
})

test('no path of a developer’s machine is written down', () => {
  const texts = [...code, ...documents, ...globSync(['*.json', 'packages/*/*.json', '.ci/*'])]
  assert.deepEqual(
    offenders(
      texts.filter(path => path !== 'test/tidy.test.ts'),
      /\/(work|root|home\/\w+)\/(main|shared)/,
    ),
    [],
  )
})
