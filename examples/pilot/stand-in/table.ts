import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** The Wisconsin breast cancer table (diagnostic, 1995), as Debian's package of scikit-learn ships it. */
const inPackage = 'usr/lib/python3/dist-packages/sklearn/datasets/data/breast_cancer.csv'

export const whereToGetIt =
  'The stand-in is a table of the Debian package python3-sklearn: apt install python3-sklearn'

/**
 * Records of thirty numbers and a class (0 malignant, 1 benign), from the installed package or one fetched to `folder`.
 */
export function readTable(folder: string): string[][] | undefined {
  const path = [`/${inPackage}`, join(folder, inPackage)].find(existsSync) ?? fetchPackage(folder)
  return path === undefined
    ? undefined
    : readFileSync(path, 'utf8')
        .trim()
        .split(/\r?\n/)
        .slice(1)
        .map(line => line.split(','))
}

/** Needs no rights: the package is unpacked beside everything else of the pilot. */
function fetchPackage(folder: string): string | undefined {
  try {
    execFileSync('apt-get', ['download', 'python3-sklearn'], { cwd: folder, stdio: 'ignore' })
    const file = readdirSync(folder).find(name => /^python3-sklearn_.*\.deb$/.test(name))
    execFileSync('dpkg-deb', ['-x', join(folder, file!), folder], { stdio: 'ignore' })
    return join(folder, inPackage)
  } catch {
    return undefined
  }
}
