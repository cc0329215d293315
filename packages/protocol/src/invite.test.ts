import assert from 'node:assert/strict'
import test from 'node:test'
import { formatInvite, type Invite, parseInvite } from './invite.ts'
import { createKeyPair } from './keys.ts'

const invite: Invite = {
  hubUrl: 'https://hub.example:8443/consort',
  hubKey: createKeyPair().publicKey,
  consortium: 'clinics',
  id: 'inv_0123456789abcdef',
  secret: 'A'.repeat(22),
  name: 'north',
  role: 'partner',
}

test('an invite reads back as it was written, on one line of letters that survive a chat', () => {
  const text = formatInvite(invite)
  assert.match(text, /^consort-invite\.[A-Za-z0-9_-]+$/)
  assert.deepEqual(parseInvite(text), invite)
})

test('white space that a mail program put around or into it does no harm', () => {
  const text = formatInvite(invite)
  assert.deepEqual(parseInvite(`\n  ${text}\r\n`), invite)
  assert.deepEqual(parseInvite(text.replace(/(.{72})/g, '$1\n')), invite)
})

function written(value: unknown): string {
  return `consort-invite.${Buffer.from(JSON.stringify(value) ?? '').toString('base64url')}`
}

const text = formatInvite(invite)
const broken: Record<string, string> = {
  nothing: '',
  'another text': 'hello',
  'its beginning only': 'consort-invite.',
  'half of it': text.slice(0, text.length / 2),
  'all but its last letters': text.slice(0, -3),
  'no prefix': text.slice('consort-invite.'.length),
  'a capital prefix': text.replace('consort', 'Consort'),
  'one invite after the other': `${text}${text}`,
  'no JSON': 'consort-invite.AAAA',
  null: written(null),
  'an unknown field': written({ ...invite, admin: true }),
  'a missing field': written({ ...invite, secret: undefined }),
  'a short secret': written({ ...invite, secret: 'A'.repeat(21) }),
  'an address that is no URL': written({ ...invite, hubUrl: 'hub.example' }),
  'an address that runs code': written({ ...invite, hubUrl: 'javascript:alert(1)' }),
  'an address of a file': written({ ...invite, hubUrl: 'file:///etc/passwd' }),
  'an unknown role': written({ ...invite, role: 'operator' }),
  'an identifier of another kind': written({ ...invite, id: 'run_0123456789abcdef' }),
  'no key': written({ ...invite, hubKey: 'ed25519:AAAA' }),
  'a name that is none': written({ ...invite, name: '../x' }),
}
for (const [what, value] of Object.entries(broken)) {
  test(`not an invite: ${what}`, () => {
    assert.throws(() => parseInvite(value), {
      name: 'Refusal',
      code: 'input-invalid',
      hint: /consort-invite\./,
    })
  })
}

test('the refusal does not repeat the secret', () => {
  const secret = 'S3cr3tS3cr3tS3cr3tS3cr'
  const damaged = written({ ...invite, secret, role: 'operator' })
  assert.throws(
    () => parseInvite(damaged),
    (error: Error & { hint: string }) => !`${error.message}${error.hint}`.includes(secret.slice(0, 8)),
  )
})
