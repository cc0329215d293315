import { spawnSync } from 'node:child_process'

/** What a figure has to say beside itself: the commit that was measured, and whether files differed from it. */
export function measuredOn(folder = import.meta.dirname): string {
  const commit = git(folder, 'rev-parse', '--short', 'HEAD')
  if (commit === undefined) return 'measured on an unknown commit: this is no git checkout'
  const changes = git(folder, 'status', '--porcelain', '--untracked-files=no')
  return `measured on ${commit}${changes === '' ? '' : ' with changes that are not committed'}`
}

/** Undefined where git fails, or is not installed. */
function git(folder: string, ...line: string[]): string | undefined {
  const { status, stdout } = spawnSync('git', line, { cwd: folder, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}
