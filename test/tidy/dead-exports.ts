import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { plainCode } from './plain-code.ts'

const report = z.object({
  issues: z.array(
    z.object({
      file: z.string(),
      files: z.array(z.object({ name: z.string() })).default([]),
      exports: z.array(z.object({ name: z.string() })).default([]),
    }),
  ),
})

/** Files that name what a package offers: whoever uses it stands outside. */
const offering = /\/src\/(?:index|browser|fusion|engine|kinds\/images\/pictures)\.ts$/

/**
 * Files that nothing loads and values that nothing imports (knip.dev), with the file of each. `product` leaves tests
 * out, so that what they alone call is found too: not what a package offers in its index, nor a part that its own file
 * uses and a test looks at. Types are left out: they cost nothing, and name things.
 */
export function deadExports(users: 'anyone' | 'product'): string[] {
  const mode = users === 'product' ? ['--production'] : []
  const output = execFileSync(
    'node_modules/.bin/knip',
    ['--no-config-hints', '--no-exit-code', '--reporter', 'json', ...mode, '--include', 'files,exports'],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  const { issues } = report.parse(JSON.parse(output))
  const isTests = ({ file }: { file: string }) => /\/testing\/|\.d\.ts$|\/openapi\/generate\.ts$/.test(file)
  return issues
    .filter(issue => users === 'anyone' || !(offering.test(issue.file) || isTests(issue)))
    .flatMap(({ file, files, exports }) => [
      ...files.map(() => `${file}: the whole file`),
      ...exports
        .filter(({ name }) => users === 'anyone' || !isUsedIn(file, name))
        .map(({ name }) => `${file}: ${name}`),
    ])
}

/** More often than where it is declared. */
function isUsedIn(file: string, name: string): boolean {
  const uses = plainCode(readFileSync(file, 'utf8')).match(new RegExp(`\\b${name}\\b`, 'g'))
  return (uses?.length ?? 0) > 1
}
