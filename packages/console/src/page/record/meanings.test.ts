import assert from 'node:assert/strict'
import test from 'node:test'
import type { Review } from '../reviews.ts'
import { meaningsIn } from './meanings.ts'

const schema: NonNullable<Review['schema']> = {
  dataset: 'heart',
  fields: [
    {
      kind: 'number',
      name: 'thalach',
      meaning: { en: 'highest heart rate', zh: '最大心率' },
      unit: 'bpm',
      min: 40,
      max: 230,
    },
    { kind: 'number', name: 'ca', meaning: { en: 'vessels', zh: '血管数' }, unit: '1', min: 0, max: 3 },
    {
      kind: 'category',
      name: 'sex',
      meaning: { en: 'sex', zh: '性别' },
      codes: [
        { code: 'f', meaning: { en: 'female', zh: '女' } },
        { code: 'm', meaning: { en: 'male', zh: '男' } },
      ],
    },
  ],
  label: {
    kind: 'category',
    name: 'num',
    meaning: { en: 'disease', zh: '冠心病' },
    codes: [
      { code: 'absent', meaning: { en: 'absent', zh: '无' } },
      { code: 'present', meaning: { en: 'present', zh: '有' } },
    ],
  },
}

test('fields, values and classes are told by what the agreement says they mean', () => {
  const zh = meaningsIn(schema, 'zh')
  assert.deepEqual(['thalach', 'ca', 'sex', 'x'].map(zh.field), ['最大心率（bpm）', '血管数', '性别', null])
  assert.deepEqual([zh.value('sex', 'f'), zh.value('sex', 'x'), zh.value('ca', '2')], ['女', null, null])
  assert.deepEqual(['present', 'x'].map(zh.class), ['有', null])
  assert.equal(meaningsIn(schema, 'en').field('thalach'), 'highest heart rate (bpm)')
})

test('without a schema there is nothing but codes', () => {
  const none = meaningsIn(undefined, 'zh')
  assert.deepEqual([none.field('thalach'), none.value('sex', 'f'), none.class('present')], [null, null, null])
})
