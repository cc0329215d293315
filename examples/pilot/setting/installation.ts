import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** With the Node that runs this first in PATH. */
export const environment = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }

/**
 * Builds the packages, packs them, and installs the tarballs in an empty folder. Returns the path of `consort` there.
 */
export async function installFromTarballs(root: string): Promise<string> {
  const [tarballs, app] = [join(root, 'tarballs'), join(root, 'app')]
  for (const folder of [tarballs, app]) mkdirSync(folder, { recursive: true })
  await run('npm', ['run', 'build'], { env: environment })
  await run('npm', ['pack', '--workspaces', '--pack-destination', tarballs], { env: environment })
  const files = readdirSync(tarballs).map(name => join(tarballs, name))
  writeFileSync(join(app, 'package.json'), '{ "name": "app", "private": true }\n')
  const install = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...files]
  await run('npm', install, { cwd: app, env: environment })
  return join(app, 'node_modules', '.bin', 'consort')
}
