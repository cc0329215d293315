import type { Way } from '../engine/protocol.ts'
import { serve } from '../engine/serve.ts'

const [folder = '', way = 'tuned'] = process.argv.slice(2)
await serve('npm ci --prefix bench', async () =>
  (await import('./tfjs-backend.ts')).startTfjs(folder, way as Way),
)
