import type { Mutant } from './mutant.ts'
import { ofBases } from './table/bases.ts'
import { ofJudges } from './table/judges.ts'
import { ofNodes } from './table/nodes.ts'
import { ofPastRuns } from './table/past-runs.ts'
import { ofPromises } from './table/promises.ts'
import { ofRuns } from './table/runs.ts'
import { ofStorage } from './table/storage.ts'
import { ofSums } from './table/sums.ts'
import { ofTrust } from './table/trust.ts'

/** All breaking edits that the tests have to notice. */
export const mutants: readonly Mutant[] = [
  ...ofPromises,
  ...ofSums,
  ...ofRuns,
  ...ofPastRuns,
  ...ofTrust,
  ...ofNodes,
  ...ofStorage,
  ...ofBases,
  ...ofJudges,
]
