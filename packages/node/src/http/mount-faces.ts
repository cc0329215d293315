import { problemOf, Refusal } from '@consort/protocol'
import { foreignRoute } from '@consort/protocol/routes'
import { type Face, type FaceResponse, openAi, openInference } from '@consort/serving'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { servedModels } from '../agents/ask/served-models.ts'
import type { AgentContext } from '../agents/context.ts'
import type { NodeCaller } from '../caller.ts'
import type { createAdmission } from './admission.ts'

export interface FaceParts {
  readonly context: AgentContext
  readonly admit: ReturnType<typeof createAdmission>
  /** The outermost layer logs what was not a refusal. */
  readonly onError: (error: unknown, request: FastifyRequest) => void
}

const faces: readonly Face[] = [openInference, openAi]

/** As the native API takes. */
const bodyBytesMax = 8 * 1024 * 1024

const anyone: NodeCaller = { kind: 'anyone' }

/** Puts the faces of other protocols on the node's server, each with bodies and errors as its clients expect them. */
export function mountFaces(app: FastifyInstance, parts: FaceParts): void {
  for (const face of faces) app.register(async scope => mountFace(scope, face, parts))
}

function mountFace(scope: FastifyInstance, face: Face, { context, admit, onError }: FaceParts): void {
  const callers = new WeakMap<object, NodeCaller>()
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
  for (const { method, path, access, answer } of face.routes) {
    scope.route({
      method,
      url: path,
      config: foreignRoute,
      preParsing: async (request, _reply, payload) => {
        if (access !== 'public') callers.set(request, (await admit({ access }, request)).caller)
        return payload
      },
      handler: async (request, reply) => {
        const caller = callers.get(request) ?? anyone
        const { params, headers, body } = request
        const asked = {
          params: params as Record<string, string>,
          headers,
          body: Buffer.isBuffer(body) ? body : noBody,
        }
        return send(reply, await answer(asked, servedModels(context, caller)))
      },
    })
  }
}

const noBody = Buffer.alloc(0)

function send(reply: FastifyReply, { status, headers, body }: FaceResponse): FastifyReply {
  return reply.code(status).headers(headers).send(body)
}

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error.code === 'internal' ? undefined : error
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return new Refusal('too-large', `The body is over ${bodyBytesMax} bytes`, {
      hint: 'Ask about fewer records at once.',
    })
  }
  if (typeof code === 'string' && code.startsWith('FST_ERR_CTP')) {
    return new Refusal('input-invalid', 'The body cannot be read')
  }
  return undefined
}
