// Plain JavaScript, because the launcher needs it on a Node that reads nothing else.
import { lstatSync, mkdirSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, isAbsolute, join } from 'node:path'

const openToOthers = 0o077
const writableByOthers = 0o022
const sticky = 0o1000

/**
 * The folder for compiled code: `consort/compile-cache` under XDG_CACHE_HOME or ~/.cache. Node runs what it finds
 * there, so that only this user may ever have written to it. Returns undefined where that cannot be had; then there is
 * no cache.
 */
export function privateCacheFolder({ XDG_CACHE_HOME: cacheHome } = process.env, user = process.getuid?.()) {
  if (user === undefined) return undefined // Windows has neither owners nor modes to look at
  try {
    const base = cacheHome && isAbsolute(cacheHome) ? cacheHome : join(homedir(), '.cache')
    mkdirSync(base, { recursive: true, mode: 0o700 })
    const own = join(realpathSync(base), 'consort')
    const folder = join(own, 'compile-cache')
    for (const path of [own, folder]) {
      makeFolder(path)
      if (!isPrivate(path, user)) return undefined
    }
    return isReachedByOthers(dirname(own), user) ? undefined : folder
  } catch {
    return undefined // no home, a full or read-only disk: it starts more slowly and works all the same
  }
}

/**
 * The environment for a child of this process: with the cache where there is one. A place that the user chose stays.
 */
export function withCompileCache(environment = process.env) {
  if (environment.NODE_COMPILE_CACHE !== undefined) return environment
  const folder = privateCacheFolder(environment)
  return folder === undefined ? environment : { ...environment, NODE_COMPILE_CACHE: folder }
}

function makeFolder(path) {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (error.code !== 'EEXIST') throw error
  }
}

/** Its owner is this user, nobody else may enter it, and it is no link to somewhere else. */
function isPrivate(path, user) {
  const found = lstatSync(path)
  return found.isDirectory() && found.uid === user && (found.mode & openToOthers) === 0
}

/** Whoever may write to a folder above could put another one in its place. */
function isReachedByOthers(path, user) {
  const { uid, mode } = lstatSync(path)
  const isTheirs = uid !== user && uid !== 0
  const isWritable = (mode & writableByOthers) !== 0 && (mode & sticky) === 0
  if (isTheirs || isWritable) return true
  return dirname(path) !== path && isReachedByOthers(dirname(path), user)
}
