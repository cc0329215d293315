import assert from 'node:assert/strict'
import test from 'node:test'
import { Refusal } from '@consort/protocol'
import { messagesOf } from '../language/language.ts'
import { showError } from './show-error.ts'

function shown(language: 'en' | 'zh', error: Refusal): string {
  const parts: string[] = []
  const stream = { write: (part: string) => void parts.push(part) } as never
  const terminal = { out: stream, err: stream, json: false, paint: (_: unknown, text: string) => text }
  showError(terminal, { error, language, say: messagesOf[language] })
  return parts.join('')
}

const refusal = new Refusal('recipe-invalid', 'x.yaml is no recipe', { hint: 'Names are: digits.' })

test('a refusal in 中文 says what to do in 中文, then what only the English detail knows', () => {
  const [title, advice, detail, ...more] = shown('zh', refusal).trimEnd().split('\n')
  assert.equal(title, '配方无效：x.yaml is no recipe')
  assert.match(advice!, /^处理建议：\p{Script=Han}.*。$/u)
  assert.equal(detail, '提示原文：Names are: digits.')
  assert.deepEqual(more, [])
})

test('a refusal in English is its title, its detail and its hint', () => {
  assert.equal(
    shown('en', refusal),
    'The recipe is not valid: x.yaml is no recipe\nWhat to do: Names are: digits.\n',
  )
})
