import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A copy of the tree in which edits may be made. */
export interface TreeCopy extends Disposable {
  readonly path: string
  /** Where its tests put what they make. */
  readonly temporary: string
}

/**
 * Copies the files that git knows or would take, as they are now. What is installed is linked, except the packages of
 * this project: they are those of the copy.
 */
export function copyTree(root: string): TreeCopy {
  const folder = mkdtempSync(join(tmpdir(), 'consort-mutants-'))
  const [path, temporary] = [join(folder, 'tree'), join(folder, 'tmp')]
  chmodSync(folder, 0o711) // a database server that a test starts is another user's
  mkdirSync(temporary)
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  for (const file of listed.split('\0').filter(name => name !== '' && existsSync(join(root, name))))
    cpSync(join(root, file), join(path, file))
  const installed = join(root, 'node_modules')
  const own = join(path, 'node_modules/@consort')
  mkdirSync(own, { recursive: true })
  for (const name of readdirSync(installed))
    if (name !== '@consort') symlinkSync(join(installed, name), join(path, 'node_modules', name))
  for (const name of readdirSync(join(path, 'packages')))
    symlinkSync(join('../../packages', name), join(own, name))
  return { path, temporary, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) }
}
