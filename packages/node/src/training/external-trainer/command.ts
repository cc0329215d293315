import { existsSync } from 'node:fs'
import { isAbsolute, resolve } from 'node:path'

/**
 * A policy's argv as it is started. The program is looked up on the search path unless it has a slash; an argument that
 * names a file in the policy's folder becomes its full path, everything else stays as it is.
 */
export function resolveCommand(
  command: readonly string[],
  folder: string,
  exists: (path: string) => boolean = existsSync,
): string[] {
  return command.map((argument, index) => {
    if (isAbsolute(argument) || argument.startsWith('-')) return argument
    const path = resolve(folder, argument)
    const isMeant = index === 0 ? argument.includes('/') : exists(path)
    return isMeant ? path : argument
  })
}
