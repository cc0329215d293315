import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Site } from '../setting/site.ts'

export const hospitals = ['cleveland', 'hungarian', 'switzerland', 'va'] as const
export type Hospital = (typeof hospitals)[number]

export const whereFrom =
  'The four files are UCI data set 45 (heart disease, CC BY 4.0): archive.ics.uci.edu/dataset/45. Unpack it and name the folder: npm run pilot -- --data FOLDER'

/** How many patients come to Cleveland after the training, whose records nobody has seen. */
const newPatients = 50

/** In numbers that nobody else would write: found anywhere outside the hospitals, a record has got out. */
export const canaries = ['48.73519', '127.4481', '231.6627', '143.9183', '1.372946'] as const

/**
 * Deals the files out: every sixth record goes to the registry that evaluates, the last of Cleveland are the patients to
 * come, the rest stays at the hospitals, each with one record of canaries.
 */
export function dealFiles(folder: string, sites: ReadonlyMap<string, Site>): void {
  const registry: string[] = []
  for (const hospital of hospitals) {
    const rows = readFileSync(join(folder, `processed.${hospital}.data`), 'utf8')
      .trim()
      .split(/\r?\n/)
    registry.push(...rows.filter((_, index) => index % 6 === 0))
    const own = rows.filter((_, index) => index % 6 !== 0)
    const kept = hospital === 'cleveland' ? own.slice(0, -newPatients) : own
    if (hospital === 'cleveland')
      write(sites.get(hospital)!.file('new-patients.csv'), own.slice(-newPatients))
    const [age, trestbps, chol, thalach, oldpeak] = canaries
    write(sites.get(hospital)!.file('heart.csv'), [
      ...kept,
      `${age},1,4,${trestbps},${chol},0,0,${thalach},1,${oldpeak},2,0,3,1`,
    ])
  }
  write(sites.get('registry')!.file('heart.csv'), registry)
}

function write(path: string, rows: readonly string[]): void {
  writeFileSync(path, `${rows.join('\n')}\n`)
}
