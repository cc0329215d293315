import assert from 'node:assert/strict'
import test from 'node:test'
import {
  createKeyPair,
  digestOfJson,
  type PrivacyMark,
  type SignedPrivacyMark,
  signDocument,
} from '@consort/protocol'
import { keepMark } from '../../budgets/privacy-mark-store.ts'
import { openHubDatabase } from '../../testing/open-hub-database.ts'
import { putPrivacyMark } from './privacy-mark.ts'

test('a ledger does not go on from a mark beside the one that the hub knows, though the hub has signed both', async () => {
  await using hub = await openHubDatabase()
  const { database, caller } = hub
  const [key, own] = [createKeyPair(), createKeyPair()]
  const member = { ...caller, key: own.publicKey }
  const put = putPrivacyMark({ database, key, now: () => new Date(0) })
  const mark = (counter: number, text: string): PrivacyMark => ({
    kind: 'privacy-mark',
    member: caller.id,
    counter,
    head: digestOfJson(text),
    lost: [],
  })
  const signedBy = (document: PrivacyMark, ...keys: (typeof key)[]): SignedPrivacyMark => ({
    document,
    signatures: keys.map(one => signDocument(document, one)),
  })
  const go = async (counter: number, from: SignedPrivacyMark) =>
    await put({
      body: { mark: signedBy(mark(counter, 'next'), own), previous: from },
      caller: member,
    } as never)

  // A hub that was restored from a backup has signed for a second reservation of that number.
  const [known, beside] = [signedBy(mark(5, 'known'), own, key), signedBy(mark(5, 'beside'), own, key)]
  await database.transaction().execute(transaction => keepMark(transaction, known))
  await assert.rejects(go(6, beside), { code: 'privacy-budget-restored' })
  assert.equal((await go(6, known)).mark?.document.counter, 6)
})
