import { globSync, readFileSync } from 'node:fs'

/** Folders in a package's `src/` that its README does not name, as `folder/`. */
export function unnamedFolders(): string[] {
  return globSync('packages/*/src/*/')
    .map(path => path.split('/'))
    .filter(
      ([, name, , folder]) => !readFileSync(`packages/${name}/README.md`, 'utf8').includes(`${folder}/`),
    )
    .map(([, name, , folder]) => `packages/${name}/README.md: ${folder}/`)
}
