import { rmSync, writeFileSync } from 'node:fs'
import { createNonces, nodeEndpoints, ownSupport } from '@consort/protocol'
import { answerFrameworkError, serveEndpoints } from '@consort/protocol/routes'
import { createRateLimits, metricsContentType } from '@consort/serving'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { AgentContext } from '../agents/context.ts'
import type { NodeCallers } from '../caller.ts'
import type { WorkStatus } from '../status.ts'
import { nodeVersion } from '../version.ts'
import { createAdmission } from './admission.ts'
import { localHandlers } from './handlers.ts'
import { mountFaces } from './mount-faces.ts'

export interface ServeParts {
  readonly port: number
  readonly status: WorkStatus
  /** Puts the experts' page on the same server. */
  readonly console: ((app: FastifyInstance) => void | Promise<void>) | undefined
}

/** Answers on loopback: the node's operator, and whoever has a key. Returns the address. */
export async function serveNode(
  stack: AsyncDisposableStack,
  context: AgentContext,
  { port, status, console: serveConsole }: ServeParts,
): Promise<string> {
  const { entropy, key, keys, directory, metrics, now, log } = context
  const app = fastify({ logger: false, forceCloseConnections: true, frameworkErrors: answerFrameworkError })
  const nonces = createNonces({ entropy, nowMs: () => performance.now() })
  let address = ''
  const admit = createAdmission({
    operatorKey: key.publicKey,
    nonces,
    base: () => address,
    holderOf: keys.holderOf,
    rateLimits: createRateLimits(() => performance.now()),
    now,
  })
  const onError = (error: unknown, request: FastifyRequest): void =>
    log.error({ url: request.url, error: String((error as Error).stack ?? error) }, 'request-failed')
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requestSeconds.observe(reply.elapsedTime / 1000, {
      route: request.routeOptions.url ?? 'none',
      status: String(reply.statusCode),
    })
    done()
  })
  serveEndpoints<typeof nodeEndpoints, NodeCallers>(app as never, {
    group: nodeEndpoints,
    handlers: localHandlers(context, status),
    admit,
    issueNonce: () => nonces.issue(),
    support: ownSupport(nodeVersion),
    onError,
  })
  mountFaces(app, { context, admit, onError })
  app.get('/metrics', async (_request, reply) => reply.type(metricsContentType).send(await metrics.render()))
  await serveConsole?.(app)
  address = await app.listen({ host: '127.0.0.1', port })
  const path = directory.at('node.json')
  writeFileSync(path, JSON.stringify({ url: address, pid: process.pid }))
  stack.defer(async () => {
    rmSync(path, { force: true })
    await app.close()
  })
  return address
}
