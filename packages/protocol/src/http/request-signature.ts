import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Refusal } from '@consort/basics'
import type { KeyPair, PublicKey } from '../keys.ts'
import { publicKeySchema, verifySignature } from '../keys.ts'

/**
 * HTTP message signatures (RFC 9421) with Ed25519 over method, target URI and content digest (RFC 9530).
 * One shape only is made and accepted: the components below, in this order. The nonce comes from the server,
 * so freshness needs no agreement about the time; `created` is for the log.
 */
export interface RequestToSign {
  readonly method: string
  /** Absolute, with query. */
  readonly targetUri: string
  readonly body: Uint8Array
  readonly nonce: string
  /** Seconds since 1970 by the signer's clock. */
  readonly created: number
}

export interface RequestProof {
  readonly key: PublicKey
  readonly nonce: string
  readonly created: number
  /** Hexadecimal SHA-256 that the body must have. */
  readonly bodySha256: string
}

const components = '("@method" "@target-uri" "content-digest")'

export function contentDigestOf(body: Uint8Array): string {
  return `sha-256=:${createHash('sha256').update(body).digest('base64')}:`
}

/** What a nonce looks like, here and at the other side. */
export const noncePattern = /^[A-Za-z0-9_-]{16,128}$/

/** The three headers that sign a request. */
export function signRequest(request: RequestToSign, key: KeyPair): Record<string, string> {
  assert.match(request.nonce, noncePattern)
  const contentDigest = contentDigestOf(request.body)
  const parameters = `${components};created=${request.created};nonce="${request.nonce}";keyid="${key.publicKey}";alg="ed25519"`
  const base = signatureBase({ ...request, contentDigest, parameters })
  const signature = Buffer.from(key.sign(Buffer.from(base)), 'base64url').toString('base64')
  return {
    'content-digest': contentDigest,
    'signature-input': `consort=${parameters}`,
    signature: `consort=:${signature}:`,
  }
}

function signatureBase(of: {
  method: string
  targetUri: string
  contentDigest: string
  parameters: string
}): string {
  return [
    `"@method": ${of.method}`,
    `"@target-uri": ${of.targetUri}`,
    `"content-digest": ${of.contentDigest}`,
    `"@signature-params": ${of.parameters}`,
  ].join('\n')
}

const inputPattern =
  /^consort=(\("@method" "@target-uri" "content-digest"\);created=(\d{1,12});nonce="([A-Za-z0-9_-]{16,128})";keyid="([A-Za-z0-9:_-]{51})";alg="ed25519")$/
const signaturePattern = /^consort=:([A-Za-z0-9+/]{86}==):$/
const digestPattern = /^sha-256=:([A-Za-z0-9+/]{43}=):$/

/** Whether a request carries a signature at all. */
export function isSigned(headers: Headers): boolean {
  return headers['signature-input'] !== undefined || headers.signature !== undefined
}

type Headers = Readonly<Record<string, string | string[] | undefined>>

/**
 * Checks the signature over the head of a request and says whose it is. The body, the nonce and what the key may do
 * are the caller's to check. Throws `signature-missing` or `signature-invalid`.
 */
export function verifyRequest(request: {
  method: string
  targetUri: string
  headers: Headers
}): RequestProof {
  const { headers } = request
  if (!isSigned(headers)) {
    throw new Refusal('signature-missing', 'This call must be signed', {
      hint: 'See docs/protocol.md, “Signed requests”.',
    })
  }
  const input = inputPattern.exec(String(headers['signature-input']))
  const signature = signaturePattern.exec(String(headers.signature))
  const digest = digestPattern.exec(String(headers['content-digest']))
  if (!input || !signature || !digest) {
    throw new Refusal(
      'signature-invalid',
      'The signature headers do not have the form that is accepted here',
      {
        hint: `Sign ${components} with created, nonce, keyid and alg="ed25519", under the label "consort".`,
      },
    )
  }
  const [, parameters, created, nonce, keyId] = input as unknown as [string, string, string, string, string]
  const key = publicKeySchema.safeParse(keyId)
  const base = signatureBase({ ...request, contentDigest: digest[0], parameters })
  const signed = Buffer.from(signature[1]!, 'base64').toString('base64url')
  if (!key.success || !verifySignature(key.data, Buffer.from(base), signed)) {
    throw new Refusal(
      'signature-invalid',
      `The signature does not hold for ${request.method} ${request.targetUri}`,
      {
        hint: 'If that is not the address you called, tell the server its own: CONSORT_PUBLIC_URL.',
      },
    )
  }
  return {
    key: key.data,
    nonce,
    created: Number(created),
    bodySha256: Buffer.from(digest[1]!, 'base64').toString('hex'),
  }
}
