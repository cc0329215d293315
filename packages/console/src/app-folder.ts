import { fileURLToPath } from 'node:url'

/** Where the built page lies, seen from the sources and from `dist` alike. */
export const appFolder = fileURLToPath(new URL('../dist/app/', import.meta.url))
