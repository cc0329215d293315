import { Refusal } from '@consort/protocol'

/** Throws `input-invalid` for an address that answers must not be sent to: off this machine they go over TLS only. */
export function checkWebhookUrl(url: string): void {
  const { protocol, hostname, username, password } = new URL(url)
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(hostname)
  const isSafe = protocol === 'https:' || (protocol === 'http:' && isLoopback)
  if (isSafe && username === '' && password === '') return
  throw new Refusal('input-invalid', 'The webhook is not an https address', {
    hint: 'Give https://…, without a user’s name in it; http only for a program on the node’s own machine.',
    path: 'webhook',
  })
}
