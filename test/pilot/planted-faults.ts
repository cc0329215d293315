/**
 * Faults that are planted in the loop of the pilot, and the test that catches each by name: `file` under test/, and texts
 * that stand in it.
 */
export const plantedFaults: readonly { fault: string; file: string; texts: readonly string[] }[] = [
  {
    fault: 'a hub killed at any step',
    file: 'faults/hub-killed.test.ts',
    texts: ['a hub killed at any step of a run'],
  },
  {
    fault: 'a node killed in training',
    file: 'faults/node-killed.test.ts',
    texts: ['a node killed while it trains'],
  },
  {
    fault: 'a node killed in an upload',
    file: 'faults/node-killed.test.ts',
    texts: ['a node killed while it uploads'],
  },
  {
    fault: 'a loss of power at the hub',
    file: 'faults/power-lost.test.ts',
    texts: ['a hub that loses power'],
  },
  {
    fault: 'a full disk',
    file: 'faults/disk-full.test.ts',
    texts: ['a hub whose disk is full', 'a node whose disk is full'],
  },
  {
    fault: 'messages lost, doubled, out of order',
    file: 'faults/links.test.ts',
    texts: ['calls that come twice, late and out of order'],
  },
  {
    fault: 'a proxy that cuts what is silent',
    file: 'faults/links.test.ts',
    texts: ['a proxy that cuts silent connections'],
  },
  {
    fault: 'a hub that serves another model to one node',
    file: 'site-rules.test.ts',
    texts: ['weights of another model'],
  },
  {
    fault: 'another recipe than was agreed',
    file: 'agreements.test.ts',
    texts: ['asks for another recipe than was agreed'],
  },
  { fault: 'an altered agreement', file: 'agreements.test.ts', texts: ['two texts under one number'] },
  { fault: 'a task without the agreement', file: 'agreements.test.ts', texts: ['names no agreement'] },
  { fault: 'a replayed request', file: 'refusals.test.ts', texts: ['recorded and sent again is refused'] },
  {
    fault: 'a task that was changed after signing',
    file: 'site-rules.test.ts',
    texts: ['a task that was changed after it was signed'],
  },
  { fault: 'a double submit', file: 'asking.test.ts', texts: ['the same question sent twice is one case'] },
  {
    fault: 'a wrong cent',
    file: 'agreements.test.ts',
    texts: ['a wrong cent', 'a node does not sign a statement with'],
  },
  { fault: 'an answer left out of the month', file: 'agreements.test.ts', texts: ['an answer left out'] },
  { fault: 'an invented answer', file: 'agreements.test.ts', texts: ['an answer invented'] },
  { fault: 'a lost webhook', file: 'asking.test.ts', texts: ['a webhook that the receiver lost twice'] },
  {
    fault: 'an answer to a closed case',
    file: 'asking.test.ts',
    texts: ['a closed case is not answered again'],
  },
  {
    fault: 'an update that is not what its card says',
    file: 'refusals.test.ts',
    texts: ['updates: wrong size, shape, digest, numbers, counts'],
  },
  {
    fault: 'a trainer that does not stop',
    file: 'external-trainer.test.ts',
    texts: ['a program that does not stop is gone'],
  },
  {
    fault: 'a record on the hub’s disk or in its traffic',
    file: 'walls.test.ts',
    texts: ['no raw record reaches the hub'],
  },
]
