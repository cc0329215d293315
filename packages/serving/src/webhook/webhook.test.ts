import assert from 'node:assert/strict'
import test from 'node:test'
import { isRefusal } from '@consort/protocol'
import { afterAttempt, retryDelaysMs } from './next-attempt.ts'
import { signWebhook } from './sign-webhook.ts'
import { checkWebhookUrl } from './webhook-url.ts'

test('the signature is the one that the specification’s example has', () => {
  const message = {
    id: 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    timestamp: 1614265330,
    body: '{"test": 2432232314}',
  }
  assert.deepEqual(signWebhook(message, 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'), {
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('only 2xx is an arrival; the rest is tried again, ever later, until it is not', () => {
  assert.deepEqual(afterAttempt(204, 1), { state: 'delivered' })
  for (const status of [undefined, 302, 400, 404, 500]) {
    assert.deepEqual(afterAttempt(status, 1), { state: 'waiting', inMs: 5000 })
  }
  assert.deepEqual(afterAttempt(410, 1), { state: 'given-up' })
  assert.deepEqual(afterAttempt(500, retryDelaysMs.length), { state: 'waiting', inMs: retryDelaysMs.at(-1) })
  assert.deepEqual(afterAttempt(500, retryDelaysMs.length + 1), { state: 'given-up' })
  assert.deepEqual(
    [...retryDelaysMs].sort((a, b) => a - b),
    retryDelaysMs,
  )
})

test('webhooks go over TLS, or nowhere but to this machine', () => {
  const fine = ['https://app.example/hook', 'http://127.0.0.1:8080/', 'http://localhost/x', 'http://[::1]:9/']
  for (const url of fine) checkWebhookUrl(url)
  const wrong = [
    'http://app.example/hook',
    'http://127.0.0.1.example/',
    'http://localhost.example/',
    'https://user@app.example/',
    'https://:secret@app.example/',
    'file:///etc/passwd',
    'ftp://127.0.0.1/',
  ]
  for (const url of wrong) {
    assert.throws(
      () => checkWebhookUrl(url),
      (error: unknown) => {
        assert.ok(isRefusal(error, 'input-invalid') && error.path === 'webhook')
        return true
      },
    )
  }
})
