import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { Refusal } from '@consort/protocol'
import { defaultLimits } from '../files/read-limits.ts'
import type { DataSource } from '../formats/formats.ts'
import { readDataset } from '../read-dataset.ts'
import { recordDigests } from '../split/record-digests.ts'
import { unitDigests } from '../split/unit-digests.ts'

const folder = mkdtempSync(join(tmpdir(), 'consort-texts-'))
after(() => rmSync(folder, { recursive: true }))

let files = 0
function written(
  content: string | Uint8Array,
  kind: 'csv-text' | 'jsonl',
  text = ['subject', 'body'],
): DataSource {
  const path = join(folder, `${files++}`)
  writeFileSync(path, content)
  return { kind, path, text, label: 'spam' }
}

async function textsIn(source: DataSource, limits = defaultLimits) {
  const data = await (await import('../formats/formats.ts')).openSource(source)
  const read = await data.read({ limits })
  assert.ok(read.kind === 'text')
  return read
}

const csv = 'subject,body,spam,who\nWin,"Money, now\nHere",yes,ann\n,Meeting,no,bea\nHi,,no,\n'
const lines = [
  { subject: 'Win', body: 'Money, now\nHere', spam: 'yes', who: 'ann' },
  { spam: 'no', who: 'bea', subject: null, body: 'Meeting' },
  { subject: 'Hi ', body: '', spam: 'no' },
]
const jsonl = `${lines.map(line => JSON.stringify(line)).join('\n\n')}\r\n`

test('the columns that are named become one text, in CSV and in JSON lines', async () => {
  const [one, other] = [await textsIn(written(csv, 'csv-text')), await textsIn(written(jsonl, 'jsonl'))]
  assert.deepEqual(one.texts, ['Win\nMoney, now\nHere', 'Meeting', 'Hi'])
  assert.deepEqual(other.texts, one.texts)
  const key = Buffer.alloc(32, 1)
  assert.deepEqual(recordDigests(other, key), recordDigests(one, key))
  assert.deepEqual(unitDigests(other, { key, label: '' }), unitDigests(one, { key, label: '' }))
})

test('a conversation is one text, each turn a line', async () => {
  const turns = [
    { role: 'user', content: 'Is it here yet?' },
    { role: 'assistant', content: 'Soon.', at: 3 },
  ]
  const line = JSON.stringify({ messages: turns, spam: false, list: [1] })
  const { texts, columns } = await textsIn(written(line, 'jsonl', ['messages']))
  assert.deepEqual(texts, ['user: Is it here yet?\nassistant: Soon.'])
  assert.deepEqual(
    columns.map(({ name }) => name),
    ['messages', 'spam', 'list'],
  )
})

const secret = 'sesame'
const refused: [what: string, source: DataSource, code: string, message: RegExp][] = [
  ['no JSON', written(`{"body":"${secret}`, 'jsonl', ['body']), 'data-unreadable', /line 1: it is not JSON$/],
  [
    'a list',
    written(`\n["${secret}"]`, 'jsonl', ['body']),
    'data-unreadable',
    /line 2: .* not a JSON object$/,
  ],
  ['nothing', written('\n \n', 'jsonl'), 'data-unreadable', /holds no records$/],
  [
    'octets',
    written(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d), 'jsonl'),
    'data-unreadable',
    /line 1: it is not UTF-8 text$/,
  ],
  [
    'no label',
    written(`{"body":"${secret}","spam":"yes"}\n{"body":"${secret}"}`, 'jsonl', ['body']),
    'label-missing',
    /row 2, column spam: no label$/,
  ],
  [
    'no label column',
    written(`{"body":"${secret}"}`, 'jsonl', ['body']),
    'label-missing',
    /has no column named spam$/,
  ],
  [
    'no text column',
    written(`{"body":"${secret}","spam":"no"}`, 'jsonl', ['bodi']),
    'data-unreadable',
    /no column is named bodi$/,
  ],
  [
    'half a character',
    written('{"body":"sesame \\ud800","spam":"no"}', 'jsonl', ['body']),
    'data-unreadable',
    /row 1: its text holds a NUL or half a character$/,
  ],
  [
    'a NUL',
    written(`body,spam\nsesame\0,no\n`, 'csv-text', ['body']),
    'data-unreadable',
    /row 1: its text holds a NUL/,
  ],
  [
    'a word of 10 MB',
    written(`{"body":"${secret.repeat(1_700_000)}","spam":"no"}`, 'jsonl', ['body']),
    'data-unreadable',
    /line 1: a cell of more than 1 MiB$/,
  ],
  [
    'a line without an end',
    written(`{"body":"${'x'.repeat(2 ** 25)}`, 'jsonl', ['body']),
    'data-unreadable',
    /after line 0: a record of more than 16 MiB$/,
  ],
  [
    'a pipe',
    { kind: 'jsonl', path: '/dev/null', text: ['a'], label: 'b' },
    'data-unreadable',
    /no ordinary file$/,
  ],
  [
    'nowhere',
    { kind: 'jsonl', path: '/nowhere', text: ['a'], label: 'b' },
    'data-unreadable',
    /does not exist$/,
  ],
]
for (const [what, source, code, message] of refused)
  test(`${what} is refused with its place, and not with what it says`, async () => {
    await assert.rejects(readDataset(source), error => {
      assert.ok(error instanceof Refusal)
      assert.deepEqual(error.code, code)
      assert.match(error.message, message)
      return !`${error.message} ${error.hint} ${error.cause}`.includes(secret)
    })
  })

test('more columns or text than a file may have are refused', async () => {
  const source = written(jsonl, 'jsonl')
  await assert.rejects(textsIn(source, { ...defaultLimits, columnsMax: 3 }), /more than 3 columns/)
  await assert.rejects(textsIn(source, { ...defaultLimits, textBytesMax: 100 }), /different texts take/)
})
