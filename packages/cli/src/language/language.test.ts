import assert from 'node:assert/strict'
import test from 'node:test'
import { chooseLanguage } from './language.ts'

test('the first variable that is not empty tells the language of the system', () => {
  assert.equal(chooseLanguage(undefined, { LC_ALL: '', LANG: 'zh_CN.UTF-8' }), 'zh')
  assert.equal(chooseLanguage(undefined, { CONSORT_LANG: '', LC_MESSAGES: 'zh_CN.UTF-8', LANG: 'C' }), 'zh')
  assert.equal(chooseLanguage(undefined, { LC_ALL: 'C', LANG: 'zh_CN.UTF-8' }), 'en')
  assert.equal(chooseLanguage('en', { LANG: 'zh_CN.UTF-8' }), 'en')
  assert.equal(chooseLanguage(undefined, {}), 'en')
})
