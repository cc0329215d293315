import { Refusal } from '@consort/protocol'

/** A bucket, or a part of one, and who may use it. */
export interface S3Place {
  /** The address of the bucket with its name in the path, then perhaps a folder: `https://host/bucket/folder`. */
  readonly url: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken: string | undefined
}

/** The names under which the tools of S3 look for keys. */
type Environment = Readonly<Record<string, string | undefined>>

/**
 * The place that a URL and the usual variables (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`,
 * `AWS_REGION`) name. Throws `input-invalid` when one is missing, `tls-required` for http to another machine.
 */
export function parseS3Place(text: string, environment: Environment): S3Place {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || !/^\/[^/]+/.test(url.pathname) || url.username !== '' || url.search !== '') {
    throw new Refusal('input-invalid', 'CONSORT_BLOBS is neither a folder nor the address of a bucket', {
      hint: 'For example https://s3.eu-central-1.amazonaws.com/our-bucket/consort, with the keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    })
  }
  const isLoopback = ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname)
  if (url.protocol !== 'https:' && !isLoopback) {
    throw new Refusal('tls-required', `CONSORT_BLOBS is not https: ${url.origin}`, {
      hint: 'Weights and updates would travel in the clear.',
    })
  }
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = environment
  if (!accessKeyId || !secretAccessKey) {
    throw new Refusal('input-invalid', 'CONSORT_BLOBS names a bucket, and there is no key for it', {
      hint: 'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
    })
  }
  return {
    url: url.href.replace(/\/+$/, ''),
    region: environment.AWS_REGION ?? 'us-east-1',
    accessKeyId,
    secretAccessKey,
    sessionToken: environment.AWS_SESSION_TOKEN,
  }
}
