import assert from 'node:assert/strict'
import { problemOf, Refusal } from '@consort/protocol'
import { type Admitters, foreignRoute } from '@consort/protocol/routes'
import { type Face, type FaceResponse, faces, type ServedModels } from '@consort/serving'
import { refusalOfFault } from '@consort/storage'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { KnownCaller, NodeCallers } from '../caller.ts'
import { nodeVersion } from '../version.ts'

/** What the faces of other protocols are served from. */
export interface FaceParts {
  /** The agents as one caller sees them. */
  readonly servedModels: (caller: KnownCaller) => ServedModels
  readonly admit: Admitters<NodeCallers>
  /** The outermost layer logs what was not a refusal. */
  readonly onError: (error: unknown, request: FastifyRequest) => void
}

/** As the native API takes. */
const bodyBytesMax = 8 * 1024 * 1024

/** Puts the faces of other protocols on the node's server, each with bodies and errors as its clients expect them. */
export function mountFaces(app: FastifyInstance, parts: FaceParts): void {
  for (const face of faces) app.register(async scope => mountFace(scope, face, parts))
}

function mountFace(scope: FastifyInstance, face: Face, { servedModels, admit, onError }: FaceParts): void {
  scope.removeAllContentTypeParsers()
  // Stock clients send octets without a type; what a body is, is decided by the route.
  scope.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: bodyBytesMax }, (_request, body, done) =>
    done(null, body),
  )
  scope.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error)
    if (!refusal) onError(error, request)
    if (refusal?.retryAfterSeconds !== undefined) reply.header('retry-after', refusal.retryAfterSeconds)
    return send(reply, face.refuse(problemOf(refusal ?? error)))
  })
  for (const route of face.routes) {
    const served = new WeakMap<object, ServedModels>()
    scope.route<{ Params: Record<string, string> }>({
      method: route.method,
      url: route.path,
      config: foreignRoute,
      preParsing: async (request, _reply, payload) => {
        if (route.access === 'application') {
          const { caller } = await admit.application(request)
          served.set(request, servedModels(caller))
        }
        return payload
      },
      handler: async (request, reply) => {
        const { params, headers, body } = request
        const asked = {
          params,
          headers,
          body: Buffer.isBuffer(body) ? body : noBody,
        }
        if (route.access === 'public') return send(reply, await route.answer(asked, { version: nodeVersion }))
        const models = served.get(request)
        assert.ok(models, 'preParsing has admitted the caller')
        return send(reply, await route.answer(asked, models))
      },
    })
  }
}

const noBody = Buffer.alloc(0)

function send(reply: FastifyReply, { status, headers, body }: FaceResponse): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

function refusalOf(error: unknown): Refusal | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('too-large', `The body is over ${bodyBytesMax} bytes`, {
      hint: 'Ask about fewer records at once.',
    })
  }
  if (typeof code === 'string' && code.startsWith('FST_ERR_CTP')) {
    return new Refusal('input-invalid', 'The body cannot be read')
  }
  return refusalOfFault('node', error)
}
