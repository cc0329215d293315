import type { Mutant } from '../mutant.ts'

/** Secret sums, and the order and bits of every sum. */
export const ofSums: readonly Mutant[] = [
  {
    id: 'opened-round-again',
    breaks: 'A round whose shares were opened is tried again, so two sums of one round may be compared.',
    file: 'packages/federation/src/run-machine.ts',
    find: 'selecting(isOpened ? round + 1 : round, rules, now)',
    replace: 'selecting(round, rules, now)',
    tests: [{ file: 'packages/federation/src/run-machine.sums.test.ts' }],
  },
  {
    id: 'opened-last-round-again',
    breaks: 'The last round is tried again though its shares were opened.',
    file: 'packages/federation/src/run-machine.ts',
    find: 'attempt === attemptsMax || isLast',
    replace: 'attempt === attemptsMax',
    tests: [{ file: 'packages/federation/src/run-machine.sums.test.ts' }],
  },
  {
    id: 'opening-forgotten',
    breaks:
      'The hub does not keep that it asked for shares, so it takes the round for one that may be tried again.',
    file: 'packages/hub/src/sums/close-stage.ts',
    find: "isOpened: current.isOpened || next.stage === 'collecting-openings',",
    replace: 'isOpened: current.isOpened,',
    tests: [{ file: 'packages/hub/src/sums/close-stage.test.ts' }],
  },
  {
    id: 'opening-untold',
    breaks: 'A discarded sum does not say that its shares were opened, so its round is tried again.',
    file: 'packages/hub/src/runs/take-step.ts',
    find: 'why, isOpened: attempt.isOpened }',
    replace: 'why, isOpened: false }',
    tests: [
      {
        file: 'test/secure-lies.test.ts',
        title: 'a masked update that is gone when the sum is opened ends the attempt',
      },
    ],
  },
  {
    id: 'sum-state-not-kept',
    breaks:
      'A node sends a message of a secret sum whose state it has not kept, and says another thing after a restart.',
    file: 'packages/node/src/sums/join-sum.ts',
    find: '    await keepState(context, after)\n',
    replace: '',
    tests: [{ file: 'packages/node/src/sums/join-sum.test.ts' }],
  },
  {
    id: 'sum-state-kept-late',
    breaks: 'A message of a secret sum leaves while its state is still being kept.',
    file: 'packages/node/src/sums/join-sum.ts',
    find: '    await keepState(context, after)\n',
    replace: '    keepState(context, after).catch(() => {})\n',
    tests: [{ file: 'packages/node/src/sums/join-sum.test.ts' }],
  },
  {
    id: 'sum-keys-not-kept',
    breaks: 'A node advertises keys that it has not kept.',
    file: 'packages/node/src/sums/join-sum.ts',
    find: '    await keepState(context, state)\n',
    replace: '',
    tests: [{ file: 'packages/node/src/sums/join-sum.test.ts' }],
  },
  {
    id: 'sums-by-arrival',
    breaks: 'Updates are added up in the order of their arrival, so the same updates make other bits.',
    file: 'packages/hub/src/runs/tasks/tasks-by-name.ts',
    find: 'a.name < b.name ? -1 : a.name > b.name ? 1 : 0',
    replace: "(a.ended ?? '').localeCompare(b.ended ?? '')",
    tests: [{ file: 'packages/hub/src/runs/tasks/tasks-by-name.test.ts' }],
  },
  {
    id: 'second-message-replaces',
    breaks: 'A second message of a member takes the place of its first one of the kind.',
    file: 'packages/hub/src/sums/exchange.ts',
    find: 'if (canonicalJson(kept) === canonicalJson(message)) return true\n',
    replace: 'if (kept) return true\n',
    tests: [{ file: 'packages/hub/src/sums/exchange.test.ts' }],
  },
  {
    id: 'message-of-another',
    breaks: 'A member sends a message in the name of another one.',
    file: 'packages/hub/src/sums/exchange.ts',
    find: 'message.member !== name',
    replace: 'message.member === undefined',
    tests: [{ file: 'packages/hub/src/sums/exchange.test.ts' }],
  },
  {
    id: 'message-of-another-attempt',
    breaks: 'A message of an earlier attempt at a sum is taken for this one.',
    file: 'packages/hub/src/sums/exchange.ts',
    find: 'message.context !== digestOfContext(attempt.state.context)',
    replace: 'message.context === undefined',
    tests: [{ file: 'packages/hub/src/sums/exchange.test.ts' }],
  },
  {
    id: 'stage-not-told',
    breaks: 'Members that wait for the next stage of a sum are not told when one is closed.',
    file: 'packages/hub/src/sums/close-stage.ts',
    find: 'if (isClosed) waiting',
    replace: 'if (isClosed && attempt === 0) waiting',
    tests: [{ file: 'packages/hub/src/sums/close-stage.test.ts' }],
  },
  {
    id: 'stage-without-deadline',
    breaks: 'A stage of a sum waits for ever for a member that is gone.',
    file: 'packages/hub/src/sums/close-stage.ts',
    find: 'deadline === null || now >= deadline',
    replace: 'deadline === null',
    tests: [{ file: 'packages/hub/src/sums/close-stage.test.ts' }],
  },
  {
    id: 'survey-input-of-before',
    breaks:
      'Masked answers of an earlier attempt at a survey, of another length, are taken for those of this one.',
    file: 'packages/hub/src/handlers/surveys/survey-sum.ts',
    find: '=== chunk.bytes',
    replace: '!== undefined',
    tests: [
      {
        file: 'test/survey-lies.test.ts',
        title: 'masked answers of another length, kept from an earlier attempt',
      },
    ],
  },
]
