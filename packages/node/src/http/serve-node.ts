import { rmSync, writeFileSync } from 'node:fs'
import { createNonces, type Entropy, type KeyPair, nodeEndpoints, ownSupport } from '@consort/protocol'
import { answerFrameworkError, serveEndpoints } from '@consort/protocol/routes'
import { createRateLimits, metricsContentType } from '@consort/serving'
import { type DataDirectory, refusalOfFault } from '@consort/storage'
import fastify, { type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { OpenAgents } from '../agents/open-agents.ts'
import type { NodeCallers, NodeHandlers } from '../caller.ts'
import { nodeVersion } from '../version.ts'
import { createAdmission } from './admission.ts'
import { mountFaces } from './mount-faces.ts'

/** What the node's server works with. */
export interface HttpContext extends Pick<OpenAgents, 'keys' | 'metrics' | 'servedModels'> {
  readonly entropy: Entropy
  /** The node's own key: whoever can read its directory is its operator. */
  readonly key: KeyPair
  readonly directory: DataDirectory
  readonly now: () => Date
  readonly log: Pick<Logger, 'error'>
}

/** What is served, and where. */
export interface ServeParts {
  readonly port: number
  readonly handlers: NodeHandlers
  /** Puts the experts' page on the same server. */
  readonly console: ((app: FastifyInstance) => void | Promise<void>) | undefined
}

/** Answers on loopback the node's operator, and whoever has a key. Returns the address. */
export async function serveNode(
  stack: AsyncDisposableStack,
  context: HttpContext,
  { port, handlers, console: serveConsole }: ServeParts,
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
    log.error({ url: request.url, error: traceOf(error) }, 'request-failed')
  app.addHook('onResponse', (request, reply, done) => {
    metrics.requestSeconds.observe(reply.elapsedTime / 1000, {
      route: request.routeOptions.url ?? 'none',
      status: String(reply.statusCode),
    })
    done()
  })
  serveEndpoints<typeof nodeEndpoints, NodeCallers>(app, {
    group: nodeEndpoints,
    handlers,
    admit,
    issueNonce: () => nonces.issue(),
    support: ownSupport(nodeVersion),
    inputHint: 'docs/serving.md says what each call takes.',
    refusalOf: error => refusalOfFault('node', error),
    onError,
  })
  mountFaces(app, { servedModels: context.servedModels, admit, onError })
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

function traceOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? String(error)) : String(error)
}
