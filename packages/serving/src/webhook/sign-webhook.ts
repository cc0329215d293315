import { createHmac } from 'node:crypto'

/** What is signed: bytes that stay the same over all attempts, and when this one is made (seconds since 1970). */
export interface WebhookMessage {
  readonly id: string
  readonly timestamp: number
  readonly body: string
}

/**
 * The three headers of Standard Webhooks 1.0 (standardwebhooks.com): HMAC-SHA-256 over `id.timestamp.body` under the
 * bytes that the secret holds in base64 after `whsec_`.
 */
export function signWebhook({ id, timestamp, body }: WebhookMessage, secret: string): Record<string, string> {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64')
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')
  return {
    'webhook-id': id,
    'webhook-timestamp': String(timestamp),
    'webhook-signature': `v1,${signature}`,
  }
}
