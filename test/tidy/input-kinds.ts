import type { SourceFile } from './source-files.ts'

/** Where a kind may compare itself with its name. */
const home = 'packages/records/src/kinds/'

/** The attack that it shows is one on pictures, whatever other kinds there are. */
const aboutPictures = 'packages/cli/src/commands/doctor-privacy.ts'

/** Columns have kinds of their own there, of which one is called as a kind of input is. */
const aboutColumns = 'packages/privacy/src/deidentification/'

/** The names of the kinds of input, each a folder, and what records of each call themselves in a question. */
export function inputKinds(files: readonly SourceFile[]): string[] {
  const said = files.filter(({ path }) => path.startsWith(home))
  const folders = said
    .map(({ path }) => path.slice(home.length).split('/'))
    .flatMap(([folder, file]) => (file === undefined ? [] : [folder!]))
  const records = said.flatMap(({ text }) =>
    [...text.matchAll(/recordKind: '([\w-]+)'/g)].map(([, name]) => name!),
  )
  return [...new Set([...folders, ...records])]
}

/** Lines elsewhere that compare a kind of input with a name: a new kind would have to visit each. */
export function comparedInputs(files: readonly SourceFile[]): string[] {
  const names = inputKinds(files).join('|')
  const compared = new RegExp(`\\bkind [!=]== '(?:${names})'|\\bcase '(?:${names})':`)
  return files
    .filter(({ path }) => path !== aboutPictures && !path.startsWith(aboutColumns) && !path.startsWith(home))
    .flatMap(({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (compared.test(line) ? [`${path}:${index + 1}: ${line.trim()}`] : [])),
    )
}
