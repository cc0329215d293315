import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import {
  type Agreement,
  agreementSchema,
  digestOfDocument,
  documentSignatureHolds,
  rosterSchema,
  signedAgreementSchema,
  signedStatementSchema,
} from '@consort/protocol'
import { z } from 'zod'
import { checkAgreement } from '../agreement/check-agreement.ts'
import { checkTerms } from '../agreement/check-terms.ts'
import { describeAgreement, describeChanges } from '../agreement/describe-agreement.ts'
import { makePagedStatement } from '../settlement/statement.ts'
import { statementText } from '../settlement/statement-text.ts'
import { agreement, novemberUnder, roster } from '../testing/clinics.ts'

const both = <T extends z.ZodType>(of: T) => z.strictObject({ en: of, zh: of })

/** Signed, and written out, by the code as it was before there was a second edition. */
const signedBefore = z
  .strictObject({
    roster: rosterSchema,
    signed: signedAgreementSchema,
    amended: agreementSchema,
    statement: signedStatementSchema,
    texts: both(z.string()),
    amendedTexts: both(z.string()),
    changes: both(z.array(z.string())),
    statementTexts: both(z.string()),
  })
  .parse(JSON.parse(readFileSync(new URL('../../fixtures/first-wording.json', import.meta.url), 'utf8')))
const languages = ['en', 'zh'] as const
const second: Agreement = { ...agreement, wording: 2 }

for (const language of languages) {
  test(`what was signed under the first edition reads as it did, to the byte (${language})`, () => {
    const { signed, amended, statement, texts, amendedTexts, changes, statementTexts } = signedBefore
    const { roster } = signedBefore
    assert.equal(describeAgreement(signed.document, roster, language), texts[language])
    assert.equal(describeAgreement(amended, roster, language), amendedTexts[language])
    assert.deepEqual(describeChanges(signed.document, amended, language), changes[language])
    assert.equal(statementText(statement.document, language), statementTexts[language])
  })

  test(`which text holds is a term, said in either language (${language})`, () => {
    const texts = [undefined, 'en', 'zh'].map(prevails => {
      const terms = agreementSchema.parse({ ...second, ...(prevails && { prevails }) })
      return describeAgreement(terms, roster, language).split('\n12. ')[1]!
    })
    assert.equal(new Set(texts).size, 3)
    for (const text of texts) assert.match(text, language === 'en' ? /English.*Chinese/ : /英文.*中文/)
    const [line, ...more] = describeChanges(second, { ...second, prevails: 'zh' }, language)
    assert.match(
      line!,
      language === 'en' ? /^12\. Language.*the Chinese text holds/ : /^第 12 条.*以中文文本为准/,
    )
    assert.deepEqual(more, [])
  })

  test(`an amendment into the second edition says so, and changes no other term (${language})`, () => {
    const lines = describeChanges(agreement, second, language)
    assert.deepEqual(lines.length, 2, lines.join('\n'))
    for (const line of lines)
      assert.match(line, language === 'en' ? /^12\. Language – added/ : /^第 12 条 .*新增/)
    assert.match(lines.join('\n'), language === 'en' ? /edition 2 of Consort’s wording/ : /第 2 版/)
    const back = describeChanges(second, agreement, language)
    assert.equal(back.length, 2, back.join('\n'))
    for (const line of back)
      assert.match(line, language === 'en' ? /^12\. Language – removed/ : /^第 12 条 .*删除/)
  })
}

test('signatures of the first edition hold', () => {
  const { signed, statement, roster } = signedBefore
  checkAgreement(signed, roster)
  assert.ok(statement.signatures.every(signature => documentSignatureHolds(statement.document, signature)))
  assert.equal(signedBefore.amended.previous, digestOfDocument(signed.document))
})

test('terms of the first edition cannot say which text holds: nobody would read it', () => {
  assert.throws(() => checkTerms({ ...agreement, prevails: 'zh' }, roster), { code: 'agreement-invalid' })
  checkTerms({ ...second, prevails: 'zh' }, roster)
})

test('a statement is read by the edition of its agreement', () => {
  const statement = makePagedStatement({ ...novemberUnder(second), pages: [] })
  assert.equal(statement.wording, 2)
  assert.match(statementText(statement, 'zh'), /正数为应收，负数为应付/)
  assert.equal('wording' in makePagedStatement({ ...novemberUnder(agreement), pages: [] }), false)
})
