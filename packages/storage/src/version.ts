import { readFileSync } from 'node:fs'

/** Of this package, and of all of Consort: its packages are released together. */
export const storageVersion: string = JSON.parse(
  readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
).version
