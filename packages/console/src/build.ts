import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { appFolder } from './app-folder.ts'
import { buildConsole } from './build-console.ts'

/** `npm run build:console`: builds the page and says how large it has become. */
const began = performance.now()
await buildConsole()
for (const name of readdirSync(appFolder, { recursive: true, encoding: 'utf8' }).sort()) {
  if (!/\.\w+$/.test(name)) continue
  const bytes = readFileSync(join(appFolder, name))
  const kilobytes = (size: number): string => `${(size / 1000).toFixed(1)} kB`
  console.log(`${name}  ${kilobytes(bytes.length)}, ${kilobytes(gzipSync(bytes).length)} as gzip`)
}
console.log(`built in ${((performance.now() - began) / 1000).toFixed(1)} s`)
