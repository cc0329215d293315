import { readFileSync } from 'node:fs'

/** Of this package, and of all of Consort: its packages are released together. */
export const storageVersion: string = versionIn(
  JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')),
)

function versionIn(manifest: unknown): string {
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest)
    return String(manifest.version)
  throw new TypeError('the package does not say its version')
}
