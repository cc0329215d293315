import { execFileSync } from 'node:child_process'
import { z } from 'zod'

const report = z.object({
  issues: z.array(
    z.object({
      file: z.string(),
      files: z.array(z.object({ name: z.string() })).default([]),
      exports: z.array(z.object({ name: z.string() })).default([]),
      duplicates: z.array(z.array(z.object({ name: z.string() }))).default([]),
    }),
  ),
})

/** Files that name what a package offers: whoever uses it stands outside. */
const offering = /\/src\/(?:index|browser|fusion|engine)\.ts$/

/**
 * Files that nothing loads and values that nothing imports (knip.dev). `product` leaves tests out, so that what they alone call
 * is found too; what a package offers in its index is not dead then. Types are left out: they cost nothing and name things.
 */
export function deadExports(users: 'anyone' | 'product'): string[] {
  const line = ['--no-config-hints', '--no-exit-code', '--reporter', 'json']
  const production = users === 'product' ? ['--production'] : []
  const output = execFileSync(
    'node_modules/.bin/knip',
    [...line, ...production, '--include', 'files,exports,duplicates'],
    { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
  )
  const { issues } = report.parse(JSON.parse(output))
  return issues
    .filter(({ file }) => users === 'anyone' || !offering.test(file))
    .flatMap(({ file, files, exports, duplicates }) => [
      ...files.map(() => `${file}: the whole file`),
      ...exports.map(({ name }) => `${file}: ${name}`),
      ...duplicates.map(names => `${file}: ${names.map(({ name }) => name).join(' = ')}`),
    ])
}
