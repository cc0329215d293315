import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { isInTree, pathsIn } from './paths-in-documents.ts'

const read = (path: string): string => readFileSync(path, 'utf8')
const documents = globSync(['*.md', 'docs/**/*.md', 'bench/*.md', 'examples/**/*.md'])

/** Made by a command on this machine, and not committed. */
const isMade = (path: string): boolean => /^bench\/results\/|train\.py$/.test(path)

test('paths that documents name are in the tree', () => {
  const missing = documents.flatMap(document =>
    pathsIn(read(document))
      .filter(({ text }) => !isMade(text) && !isInTree(text, document))
      .map(({ text, line }) => `${document}:${line}: ${text}`),
  )
  assert.deepEqual(missing, [])
})

test('a path is told from other code, and one that does not exist is found', () => {
  const named = pathsIn(
    '`agents/gate`, `test/`, `races/NAME.ts`, `a/b`, `partner/gone` and `npm test`\n```\n`x.ts`\n```\n`gone.ts`',
  )
  assert.deepEqual(named, [
    { text: 'agents/gate', line: 1 },
    { text: 'test/', line: 1 },
    { text: 'partner/gone', line: 1 },
    { text: 'gone.ts', line: 5 },
  ])
  assert.deepEqual(
    named.map(({ text }) => isInTree(text, 'docs/any.md')),
    [true, true, false, false],
  )
})

test('every document says under its title which of the four kinds it is', () => {
  const silent = documents.filter(
    path => !/^# .+\n\n\*(Tutorial|How-to|Reference|Explanation)\b/.test(read(path)),
  )
  assert.deepEqual(silent, [])
})

test('the map of the documents names every one of them', () => {
  const map = read('docs/README.md')
  const unnamed = globSync('docs/*.md')
    .map(path => path.slice('docs/'.length))
    .filter(name => name !== 'README.md' && !map.includes(`](${name})`))
  assert.deepEqual(unnamed, [])
})

test('the glossary has each term once, in both languages', () => {
  const rows = [...read('docs/glossary.md').matchAll(/^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)].slice(1)
  assert.ok(rows.length > 60, 'the rows are found')
  const twice = ([] as string[]).concat(
    repeated(rows.flatMap(([, english]) => english!.split(', '))),
    repeated(rows.flatMap(([, , chinese]) => chinese!.split('、'))),
  )
  assert.deepEqual(twice, [])
  for (const [row, english, chinese] of rows)
    assert.equal(
      chinese!.split('、').length,
      english!.split(', ').length,
      `one Chinese term for each: ${row}`,
    )
})

function repeated(terms: readonly string[]): string[] {
  return terms.filter((term, index) => terms.indexOf(term) !== index)
}

test('decisions are numbered one after the other, and each fits on fifteen lines', () => {
  const decisions = read('docs/decisions.md').split(/^## /m).slice(1)
  const numbers = decisions.map(text => Number(/^(\d+)\. /.exec(text)?.[1]))
  assert.deepEqual(
    numbers,
    numbers.map((_, index) => index + 1),
  )
  const long = decisions.filter(text => text.trim().split('\n').length > 16).map(text => text.split('\n')[0])
  assert.deepEqual(long, [])
})

test('links to a part of a document name a heading that it has', () => {
  const broken = documents.flatMap(document =>
    [...read(document).matchAll(/\]\((?!https?:)([^)#\s]*)#([^)\s]+)\)/g)]
      .filter(([, path, anchor]) => {
        const target = path === '' ? document : join(dirname(document), path!)
        return !anchorsOf(read(target)).has(anchor!)
      })
      .map(([link]) => `${document} → ${link}`),
  )
  assert.deepEqual(broken, [])
})

/** The anchors that GitHub gives to headings: lower case, without punctuation, hyphens for blanks. */
function anchorsOf(markdown: string): Set<string> {
  const headings = [...markdown.matchAll(/^#+ (.+)$/gm)].map(match => match[1]!)
  return new Set(
    headings.map(heading =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s-]/gu, '')
        .replace(/\s/g, '-'),
    ),
  )
}
