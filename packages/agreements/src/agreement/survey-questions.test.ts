import assert from 'node:assert/strict'
import test from 'node:test'
import { type Agreement, type Question, questionSchema } from '@consort/protocol'
import { agreement, roster } from '../testing/clinics.ts'
import { checkTerms, faultOfTerms } from './check-terms.ts'
import { describeAgreement } from './describe-agreement.ts'
import { checkSurvey, usualQuestions } from './survey-questions.ts'

const summed: Agreement = { ...agreement, statistics: { secureSum: true } }
const ask = (questions: Question[], terms = summed, dataset = 'patients'): void =>
  checkSurvey(terms, { dataset, questions })

test('the usual questions are about every field, are questions, and are covered by the terms that they come from', () => {
  const questions = usualQuestions(summed, 'patients')
  for (const question of questions) assert.deepEqual(questionSchema.parse(question), question)
  ask(questions)
  assert.deepEqual(
    questions.map(({ kind, field }) => `${kind} ${field}`),
    [
      ...['age', 'cholesterol', 'vessels'].flatMap(name => [`moments ${name}`, `histogram ${name}`]),
      'candidates sex',
      'candidates disease',
    ],
  )
  const edges = questions.flatMap(question => (question.kind === 'histogram' ? [question.edges] : []))[0]!
  assert.deepEqual([edges.length, edges[0], edges[10], edges[20]], [21, 0, 60, 120])
  assert.throws(() => usualQuestions(summed, 'animals'), { code: 'agreement-refused', path: 'dataset' })
})

test('where nodes tell their own statistics they may answer surveys too, where they tell none they may not', () => {
  ask(usualQuestions(agreement, 'patients'), { ...agreement, statistics: true })
  assert.throws(() => ask(usualQuestions(agreement, 'patients'), { ...agreement, statistics: false }), {
    code: 'agreement-refused',
    path: 'statistics',
  })
})

test('other questions than the terms allow are refused, with the way out', () => {
  const age = { kind: 'moments', field: 'age', min: 0, max: 120, steps: 4096 } as const
  const edges = (...all: number[]): Question => ({ kind: 'histogram', field: 'age', edges: all })
  const refused: [Question, RegExp][] = [
    [{ ...age, field: 'income' }, /income is not among/],
    [{ ...age, max: 50 }, /over 0 to 50, and 0 to 120/],
    [{ ...age, field: 'sex' }, /sex is agreed as a category/],
    [edges(0, 60, 61, 120), /narrower than 1.2/],
    [edges(-1, 60), /outside 0 to 120/],
    [edges(0, 121), /outside 0 to 120/],
    [{ kind: 'candidates', field: 'sex', candidates: ['female', 'unknown'] }, /unknown is not among/],
    [{ kind: 'candidates', field: 'age', candidates: ['40'] }, /age is agreed as a number/],
    [{ kind: 'buckets', field: 'sex', buckets: 8 }, /need no buckets/],
  ]
  ask([age, edges(0, 1.2, 120)])
  for (const [question, message] of refused) {
    assert.throws(() => ask([age, question]), {
      code: 'agreement-refused',
      path: 'questions[1]',
      message,
      hint: /./,
    })
  }
})

test('terms ask for secure sums where there are four partners, and say so in both languages', () => {
  assert.throws(() => checkTerms(summed, roster), { code: 'agreement-invalid', path: 'statistics' })
  const member = roster.members[3]!
  const four = {
    ...roster,
    members: [...roster.members.slice(0, 3), { ...member, role: 'partner' as const }],
  }
  assert.notEqual(faultOfTerms(summed, four)?.path, 'statistics')
  assert.match(describeAgreement(summed, roster, 'en'), /No node tells its own/)
  assert.match(describeAgreement(summed, roster, 'zh'), /任何节点均不单独告知/)
  assert.doesNotMatch(describeAgreement(agreement, roster, 'en'), /No node tells its own/)
})
