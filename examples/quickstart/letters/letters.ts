import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { dirichletSplit } from '@consort/data'
import type { AskedRecord, Job, Share } from '../job.ts'
import { letterWords } from './letter-words.ts'
import { mayBeShown, ordinaryWords } from './may-be-shown.ts'
import { groups, readLetters, type SortedLetter } from './read-letters.ts'

/** Four mail providers train one spam filter on letters that never leave them. */
export const letters: Job = {
  partners: ['alder', 'birch', 'cedar', 'maple'],
  dataset: 'letters',
  recipe: 'text-article',
  // of a thousand letters a hundred are held out, which is too few to promise less; a wrong answer costs fifty looks
  desk: { agent: 'letters', alpha: 0.1, costs: { error: 50, price: 1, waiting: 0 }, askedMax: 400 },
  secondClass: 'spam',
  words: letterWords,
  async deal(root, { partners, examiner, seed }) {
    const all = readLetters().toSorted((one, other) => (digestOf(one) < digestOf(other) ? -1 : 1))
    const [test, rest] = [all.slice(0, testCount), all.slice(testCount)]
    const parts = dirichletSplit(
      rest.map(({ group }) => group),
      { parts: partners.length, alpha: 0.5, seed },
    )
    const shares = partners.map((name, index) =>
      writeShare(
        root,
        name,
        Array.from(parts[index]!, place => rest[place]!),
      ),
    )
    const ordinary = ordinaryWords(rest.filter(({ label }) => label === 'ham'))
    const shown = test.filter(letter => mayBeShown(letter, ordinary))
    return {
      shares,
      test: writeShare(root, examiner, test),
      questions: shown.map(questionOf),
      async sample() {
        const path = join(root, `${shown[0]!.label}.txt`)
        writeFileSync(path, textOf(shown[0]!))
        return path
      },
    }
  },
}

/** Those whose digests come first: the same ones whatever the seed, so that splits can be compared. */
const testCount = 1000

function digestOf(letter: SortedLetter): string {
  return createHash('sha256').update(textOf(letter)).digest('hex')
}

function writeShare(root: string, name: string, own: readonly SortedLetter[]): Share {
  const folder = join(root, name, 'records')
  mkdirSync(folder, { recursive: true })
  const path = join(folder, 'letters.jsonl')
  const lines = own.map(({ subject, body, label }) => JSON.stringify({ subject, body, kind: label }))
  writeFileSync(path, `${lines.join('\n')}\n`)
  const spread = groups.map(group => String(own.filter(letter => letter.group === group).length)).join(' · ')
  const source = { kind: 'jsonl' as const, path, text: ['subject', 'body'], label: 'kind' }
  return { name, source, count: own.length, spread }
}

/** As the files of the partners become one text. */
function textOf({ subject, body }: SortedLetter): string {
  return `${subject}\n${body}`
}

function questionOf(letter: SortedLetter): AskedRecord {
  const name = `“${letter.subject.slice(0, 50)}”`
  return { record: { kind: 'text', text: textOf(letter) }, label: letter.label, name }
}
