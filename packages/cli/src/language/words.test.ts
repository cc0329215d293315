import assert from 'node:assert/strict'
import test from 'node:test'
import { chinese } from './chinese.ts'
import { english } from './english.ts'

// Words of English themselves; 中文 chooses its own word by them.
const chosen = /〔(older|unit)〕/g
const namesIn = (text: string): string[] => [...new Set(text.replace(chosen, '').match(/〔[^〕]*〕/g))].sort()

test('a sentence in 中文 puts in what the English one does', () => {
  const [en, zh] = [sentencesOf(english), sentencesOf(chinese)]
  assert.ok([...en.values()].filter(text => namesIn(text).length > 0).length > 50)
  for (const [path, sentence] of en) assert.deepEqual(namesIn(zh.get(path) ?? ''), namesIn(sentence), path)
})

/** By its path in a table of words, each sentence with the names of what is put into it. */
function sentencesOf(words: unknown, path = ''): Map<string, string> {
  if (typeof words === 'string') return new Map([[path, words]])
  if (typeof words === 'function')
    return new Map([[path, String(words(standIn('〔1〕'), standIn('〔2〕'), standIn('〔3〕')))]])
  return new Map(
    Object.entries(words ?? {}).flatMap(([name, part]) => [...sentencesOf(part, `${path}.${name}`)]),
  )
}

/** Stands for whatever a sentence is given: a text, a number, a list or an object of them, and reads as its name. */
function standIn(name: string): unknown {
  return new Proxy(() => name, {
    get: (_, key) => {
      if (key === Symbol.toPrimitive || key === 'toString') return () => name
      if (key === Symbol.iterator) return () => [name][Symbol.iterator]()
      if (key === 'join' || key === 'map' || key === 'length') return key === 'length' ? 2 : () => name
      if (key === 'slice') return () => standIn(name)
      return standIn(`〔${String(key)}〕`)
    },
  })
}
