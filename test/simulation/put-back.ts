import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { copyTree, type TreeCopy } from '../mutants/copy-tree.ts'
import { applyEdit, type Mutant } from '../mutants/mutant.ts'
import { mutants } from '../mutants/mutants.ts'
import { ownFaults } from './own-faults.ts'
import { play } from './play.ts'

/** Plays schedules with faults put back, one after the other, in a copy of the tree. */
export interface PutBack extends Disposable {
  /** What the schedules found with this breaking edit made; `found` is what the first failure broke. */
  find(
    id: string,
    search: { schedules: number; kinds?: string },
  ): Promise<{ found: string | undefined; output: string }>
}

/** The breaking edits are those of `test/mutants` and of `own-faults.ts`, by their names. */
export function openPutBack(): PutBack {
  const copy: TreeCopy = copyTree(join(import.meta.dirname, '../..'))
  return {
    async find(id, { schedules, kinds }) {
      const { file, ...edit } = faultOf(id)
      const path = join(copy.path, file)
      const before = readFileSync(path, 'utf8')
      const edited = applyEdit(before, edit)
      if (edited === undefined) throw new Error(`the edit ${id} no longer applies`)
      writeFileSync(path, edited)
      try {
        const line = ['--count', String(schedules), '--failures', '1', '--no-shrink']
        if (kinds !== undefined) line.push('--kinds', kinds)
        const { output } = await play(line, { root: copy.path })
        return { found: /^✖ seed \d+\n {4}(.*)$/m.exec(output)?.[1], output }
      } finally {
        writeFileSync(path, before)
      }
    },
    [Symbol.dispose]: () => copy[Symbol.dispose](),
  }
}

function faultOf(id: string): Omit<Mutant, 'tests'> {
  const found = [...mutants, ...ownFaults].find(mutant => mutant.id === id)
  if (!found) throw new Error(`there is no breaking edit ${id}`)
  return found
}
