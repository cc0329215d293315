import { Refusal } from '@consort/protocol'
import { datatypes, type Tensor, tensorRefusal } from '@consort/records'
import { z } from 'zod'
import type { FaceRequest } from '../face.ts'
import { readBinary } from './binary-tensors.ts'
import { readJson } from './json-tensors.ts'

/** What a client asks for. */
export interface InferRequest {
  readonly id: string | undefined
  readonly inputs: ReadonlyMap<string, Tensor>
  /** The outputs that it wants and how; all of them when undefined. */
  readonly outputs: readonly WantedOutput[] | undefined
  /** How outputs come that nothing else is said of. */
  readonly isBinary: boolean
}

export interface WantedOutput {
  readonly name: string
  readonly isBinary: boolean
}

const dimension = z.int().min(0)
/** Further parameters are passed over, as the protocol wants it. */
const headerSchema = z.object({
  id: z.string().max(1000).optional(),
  parameters: z.object({ binary_data_output: z.boolean().optional() }).optional(),
  inputs: z
    .array(
      z.object({
        name: z.string().max(200),
        shape: z.array(dimension).min(1).max(8),
        datatype: z.enum(datatypes),
        parameters: z.object({ binary_data_size: z.int().min(0).optional() }).optional(),
        data: z.unknown().optional(),
      }),
    )
    .min(1)
    .max(10_000),
  outputs: z
    .array(
      z.object({
        name: z.string().max(200),
        parameters: z.object({ binary_data: z.boolean().optional() }).optional(),
      }),
    )
    .max(100)
    .optional(),
})
type Header = z.infer<typeof headerSchema>

/**
 * Reads an inference request: JSON, or a JSON header of `Inference-Header-Content-Length` bytes with the octets of
 * tensors after it, in their order. Throws `input-invalid` with the place of what is wrong.
 */
export type ReadInferRequest = (request: Pick<FaceRequest, 'headers' | 'body'>) => InferRequest

/** It remembers headers that come again and again. */
export function createInferReader(): ReadInferRequest {
  const known = new Map<string, Header>()
  return request => readInferRequest(request, known)
}

function readInferRequest(
  { headers, body }: Pick<FaceRequest, 'headers' | 'body'>,
  known: Map<string, Header>,
): InferRequest {
  const encoding = headers['content-encoding']
  if (encoding !== undefined && encoding !== 'identity') {
    throw new Refusal('input-invalid', 'The body is compressed', { hint: 'Send it as it is.' })
  }
  const headerBytes = headerLength(headers['inference-header-content-length'], body.length)
  const header = headerBytes < body.length ? knownHeader(known, body, headerBytes) : parseHeader(body)
  const inputs = tensorsOf(header, body.subarray(headerBytes))
  const isBinary = header.parameters?.binary_data_output ?? false
  return {
    id: header.id,
    inputs,
    isBinary,
    outputs: header.outputs?.map(({ name, parameters }) => ({
      name,
      isBinary: parameters?.binary_data ?? isBinary,
    })),
  }
}

function headerLength(said: string | string[] | undefined, bodyLength: number): number {
  if (said === undefined) return bodyLength
  const length = /^\d{1,10}$/.test(String(said)) ? Number(said) : Number.POSITIVE_INFINITY
  if (length <= bodyLength) return length
  throw new Refusal('input-invalid', `There is no header of ${said} bytes in a body of ${bodyLength}`, {
    hint: '`Inference-Header-Content-Length` is the length of the JSON at the beginning, in bytes.',
    path: 'Inference-Header-Content-Length',
  })
}

/**
 * Headers that came with octets, by their text: programs send the same one with each question, and to read it anew
 * takes as long as a small model's answer.
 */
const knownMax = 256
const knownBytesMax = 4000

function knownHeader(known: Map<string, Header>, body: Uint8Array, bytes: number): Header {
  const octets = body.subarray(0, bytes)
  if (bytes > knownBytesMax) return parseHeader(octets)
  const text = Buffer.from(body.buffer, body.byteOffset, bytes).toString('latin1')
  const remembered = known.get(text)
  if (remembered) return remembered
  const header = parseHeader(octets)
  if (known.size >= knownMax) known.clear()
  known.set(text, header)
  return header
}

function parseHeader(octets: Uint8Array): Header {
  let json: unknown
  try {
    json = JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('utf8'))
  } catch {
    throw new Refusal('input-invalid', 'The request is not JSON', {
      hint: 'If octets come after the JSON, say in `Inference-Header-Content-Length` where they begin.',
    })
  }
  const parsed = headerSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  const path = issue.path.map(String).join('.')
  throw new Refusal('input-invalid', `${path || 'The request'}: ${issue.message}`, {
    hint: 'GET /v2/models/NAME says which inputs it takes.',
    path,
  })
}

function tensorsOf({ inputs }: Header, octets: Uint8Array): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>()
  let at = 0
  for (const { name, datatype, shape, parameters, data } of inputs) {
    if (tensors.has(name)) throw tensorRefusal(name, 'is there twice', 'Send each input once.')
    const size = parameters?.binary_data_size
    if ((size === undefined) === (data === undefined)) {
      throw tensorRefusal(name, 'has no values', 'Send `data`, or octets with `parameters.binary_data_size`.')
    }
    if (size !== undefined && at + size > octets.length) {
      throw tensorRefusal(
        name,
        `${size} bytes are announced and ${octets.length - at} are there`,
        'Was the body cut?',
      )
    }
    const head = { name, datatype, shape }
    tensors.set(
      name,
      size === undefined ? readJson(head, data) : readBinary(head, octets.subarray(at, at + size)),
    )
    at += size ?? 0
  }
  if (at === octets.length) return tensors
  throw new Refusal('input-invalid', `${octets.length - at} bytes at the end belong to no input`, {
    hint: 'Announce the octets of each input in `parameters.binary_data_size`.',
  })
}
