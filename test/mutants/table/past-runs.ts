import type { Mutant } from '../mutant.ts'

/** What stays of runs that are over, and who was there, is that of the run and the member it is said of. */
export const ofPastRuns: readonly Mutant[] = [
  {
    id: 'past-run-shows-first',
    breaks: 'Of a run without a result its first round is shown, not its last.',
    file: 'packages/hub/src/runs/condensed/condense-run.ts',
    find: 'best === null ? rounds.at(-1) : rounds[0]',
    replace: 'rounds[0]',
    tests: [
      { file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'of a run that has no result' },
    ],
  },
  {
    id: 'failed-run-has-lineage',
    breaks: 'A run without a result says that records are in one.',
    file: 'packages/hub/src/runs/condensed/condense-run.ts',
    find: 'best ?? 0',
    replace: 'best ?? 9',
    tests: [
      { file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'of a run that has no result' },
    ],
  },
  {
    id: 'report-for-another-run',
    breaks: 'A member may say what a run disclosed in which it had no task.',
    file: 'packages/hub/src/runs/condensed/condensed-run-store.ts',
    find: `    .where('run', '=', run)
    .where('member'`,
    replace: "    .where('member'",
    tests: [{ file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'nothing of another run' }],
  },
  {
    id: 'lineage-of-another-run',
    breaks: 'A model names the records of another run.',
    file: 'packages/hub/src/runs/condensed/condensed-run-store.ts',
    find: `    .where('run', '=', run)
    .where('part', 'in', parts)`,
    replace: "    .where('part', 'in', parts)",
    tests: [{ file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'nothing of another run' }],
  },
  {
    id: 'rounds-of-all-swept',
    breaks: 'The rounds of runs that go on are swept with those of one that ended.',
    file: 'packages/hub/src/runs/round-store.ts',
    find: "deleteFrom('round').where('run', '=', run).where",
    replace: "deleteFrom('round').where",
    tests: [{ file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'nothing of another run' }],
  },
  {
    id: 'versions-of-all-swept',
    breaks: 'The versions of runs that go on are swept with those of one that ended.',
    file: 'packages/hub/src/runs/version-store.ts',
    find: `    .where('run', '=', run)
    .where('published', '=', 0)
    .limit`,
    replace: `    .where('published', '=', 0)
    .limit`,
    tests: [{ file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'nothing of another run' }],
  },
  {
    id: 'all-runs-emptied',
    breaks: 'A run is taken for swept because another was.',
    file: 'packages/hub/src/runs/run-store.ts',
    find: "set({ emptied: 1 }).where('id', '=', id)",
    replace: 'set({ emptied: 1 })',
    tests: [{ file: 'packages/hub/src/runs/condensed/sweep-runs.test.ts', title: 'nothing of another run' }],
  },
  {
    id: 'swept-weights-offered',
    breaks: 'Weights that a crash has left half removed are still offered.',
    file: 'packages/hub/src/runs/condensed/sweep-results.ts',
    find: `    await forgetWeights(database, id)
    await blobs.removeScope(id)
`,
    replace: `    await blobs.removeScope(id)
    await forgetWeights(database, id)
`,
    tests: [
      { file: 'packages/hub/src/runs/condensed/sweep-results.test.ts', title: 'wherever a sweep is cut' },
    ],
  },
  {
    id: 'calls-gathered-once',
    breaks: 'After the first gathered note no call is noted any more.',
    file: 'packages/hub/src/members/note-calls.ts',
    find: `    gathered.clear()
`,
    replace: '',
    tests: [{ file: 'packages/hub/src/members/note-calls.test.ts', title: 'calls are gathered again' }],
  },
  {
    id: 'lost-note-counts',
    breaks: 'A call whose note was lost counts as noted.',
    file: 'packages/hub/src/members/note-calls.ts',
    find: '.catch(() => noted.delete(id))',
    replace: '.catch(() => {})',
    tests: [{ file: 'packages/hub/src/members/note-calls.test.ts', title: 'a gathered note that failed' }],
  },
  {
    id: 'noted-before-kept',
    breaks: 'A member counts as noted before its note is kept, and after it failed.',
    file: 'packages/hub/src/members/note-calls.ts',
    find: `      if (sinceMs >= knownForMs) await notes.keep(id)
      else gather(id)
      noted.set(id, at)`,
    replace: `      noted.set(id, at)
      if (sinceMs >= knownForMs) await notes.keep(id)
      else gather(id)
     `,
    tests: [{ file: 'packages/hub/src/members/note-calls.test.ts' }],
  },
  {
    id: 'caller-looked-up-again',
    breaks: 'Each call asks the database who calls.',
    file: 'packages/hub/src/admission.ts',
    find: '    known.set(key, caller)\n',
    replace: '',
    tests: [{ file: 'packages/hub/src/admission.test.ts' }],
  },
  {
    id: 'first-call-unnoted',
    breaks: 'A member is answered before it counts as online.',
    file: 'packages/hub/src/admission.ts',
    find: 'await calls.note(caller.id)',
    replace: 'void calls.note(caller.id)',
    tests: [{ file: 'packages/hub/src/admission.test.ts' }],
  },
]
