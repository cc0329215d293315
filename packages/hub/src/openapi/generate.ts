import { writeFileSync } from 'node:fs'
import { hubVersion } from '../version.ts'
import { openApiDocument } from './openapi.ts'

/** Where the generated file lies. */
export const openApiFile = new URL('../../openapi.json', import.meta.url)

if (import.meta.main) writeFileSync(openApiFile, openApiDocument(hubVersion))
