import type { Mutant } from '../mutants/mutant.ts'

/** Breaking edits that only schedules look for: each is one that a promise judged here has to notice. */
export const ownFaults: readonly Omit<Mutant, 'tests'>[] = [
  {
    id: 'signed-before-logged',
    breaks: 'A node sends its signature before its log says that it signs.',
    file: 'packages/node/src/hub/agreements.ts',
    find: `  await context.database.transaction().execute(async transaction => {
    await keepSigned(transaction, agreement)`,
    replace: `  await context.call(hubEndpoints.signAgreement, { body: { agreement: digest, signature } })
  await context.database.transaction().execute(async transaction => {
    await keepSigned(transaction, agreement)`,
  },
  {
    id: 'commits-unsynced',
    breaks: 'What is committed, and told, may be lost with the power.',
    file: 'packages/storage/src/database/sqlite.ts',
    find: 'pragma synchronous = full;',
    replace: 'pragma synchronous = normal;',
  },
  {
    id: 'ledgers-uncharged',
    breaks: 'A release is on the list and in no ledger.',
    file: 'packages/node/src/ledgers/ledgers.ts',
    find: '  for (const shared of charged) await keepLedger(transaction, shared)\n',
    replace: '',
  },
  {
    id: 'sums-by-task',
    breaks: 'Updates are added up in the order of their tasks’ ids, so the same updates make other bits.',
    file: 'packages/hub/src/runs/tasks/tasks-by-name.ts',
    find: 'a.name < b.name ? -1 : a.name > b.name ? 1 : 0',
    replace: 'a.id < b.id ? -1 : 1',
  },
]
