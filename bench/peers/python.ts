import { spawnSync } from 'node:child_process'
import { delimiter } from 'node:path'

/**
 * Interpreters that find a module, each at a different place, among CONSORT_BENCH_PYTHON (one interpreter, or several
 * separated as in PATH), python3 and /usr/bin/python3.
 */
export function findPythonsWith(module: string): string[] {
  const named = (process.env.CONSORT_BENCH_PYTHON ?? '').split(delimiter).filter(Boolean)
  const found = new Map<string, string>()
  for (const file of [...named, 'python3', '/usr/bin/python3']) {
    const where = whereIs(module, file)
    if (where !== undefined && !found.has(where)) found.set(where, file)
  }
  return [...found.values()]
}

function whereIs(module: string, python: string): string | undefined {
  const script = `import importlib.util as u; s = u.find_spec("${module}"); print(s.origin if s and s.origin else "")`
  const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8', timeout: 30_000 })
  return status === 0 && stdout.trim() !== '' ? stdout.trim() : undefined
}
