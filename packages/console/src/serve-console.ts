import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { extname, join, relative, sep } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { appFolder } from './app-folder.ts'

/**
 * Nothing from elsewhere, nothing inline. Pictures of cases come as `data:`. What React sets on an element it sets
 * through the object model, which this policy does not touch.
 */
const headers = {
  'content-security-policy': [
    "default-src 'self'",
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
}

const notBuilt = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Consort</title>
<h1>This page has not been built yet</h1>
<p>Run <code>npm run build:console</code> once, then start the node again.</p>
<h1 lang="zh">本页尚未构建</h1>
<p lang="zh">请先运行 <code>npm run build:console</code>，再重启节点。</p>
</html>
`

const mediaTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
}

/**
 * Puts the experts' page at `/` of a server, one route for each of its files; every other path stays the server's. The
 * files (half a megabyte) are read once, here, so that no address is ever turned into a path.
 */
export async function serveConsole(app: FastifyInstance, folder: string = appFolder): Promise<void> {
  const files = readFiles(folder)
  await app.register(async page => {
    page.addHook('onSend', async (_request, reply) => {
      reply.headers(headers)
    })
    if (!files.has('index.html')) {
      page.get('/', async (_request, reply) => reply.code(503).type(mediaTypes['.html']!).send(notBuilt))
    }
    for (const [name, bytes] of files) {
      // Files in assets/ have a digest of their content in their names.
      const caching = name.startsWith('assets/') ? 'public, max-age=31536000, immutable' : 'no-store'
      const type = mediaTypes[extname(name)] ?? 'application/octet-stream'
      page.get(name === 'index.html' ? '/' : `/${name}`, async (_request, reply) =>
        reply.header('cache-control', caching).type(type).send(bytes),
      )
    }
  })
}

/** By their paths in the folder, with slashes; nothing when it is not there. */
function readFiles(folder: string): Map<string, Buffer> {
  if (!existsSync(folder)) return new Map()
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter(entry =>
    entry.isFile(),
  )
  return new Map(
    entries.map(entry => {
      const path = join(entry.parentPath, entry.name)
      return [relative(folder, path).replaceAll(sep, '/'), readFileSync(path)]
    }),
  )
}
