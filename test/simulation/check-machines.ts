import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { hubEndpoints, parseKeyPair } from '@consort/protocol'
import { wholeLog } from '../whole-log.ts'
import { type Ended, later } from './invariants.ts'
import { preparedKey } from './prepared.ts'

/** The log of each machine is one chain from its beginning. */
export function checkLogs({ machines, prepared, onWrong }: Ended): void {
  for (const { name, root } of machines.values()) {
    const sort = name === 'hub' ? 'hub' : 'node'
    const { publicKey } = parseKeyPair(preparedKey(prepared, name, `${sort}.key`))
    try {
      verifyEntries(emptyChain(publicKey), wholeLog(join(root, `${sort}.sqlite`)))
    } catch (error) {
      onWrong(`the log of ${name} does not verify: ${String(error)}`)
    }
  }
}

/**
 * Once all runs are over, the hub keeps no update that is not a version's, and no node keeps what it has delivered. What
 * a loss of power has brought back goes when the hub starts; a node that was started again may not know that it has
 * delivered, and forgets it by its rule for work.
 */
export async function checkLeftovers({ world, machines, people, onWrong }: Ended): Promise<void> {
  const hub = machines.get('hub')!
  if (hub.lives > 1) {
    await hub.stop(1)
    while (!hub.isUp) await later(world, 100)
  }
  const scopes = await hub.listBlobs()
  const updates = scopes.filter(scope => scope.startsWith('tsk_'))
  if (updates.length > 0) onWrong(`the hub keeps the updates of ${updates.length} tasks that are over`)
  const versions = scopes.filter(scope => scope.startsWith('ver_')).length
  const results = await resultsOf(people)
  if (versions > results) onWrong(`the hub keeps the weights of ${versions} versions for ${results} results`)
  for (const { name, lives, root } of machines.values()) {
    if (name === 'hub' || lives > 1) continue
    const database = new DatabaseSync(join(root, 'node.sqlite'), { readOnly: true })
    const rows = database.prepare('select task from work').all()
    database.close()
    if (rows.length > 0) onWrong(`${name} keeps the work of ${rows.length} tasks that are over`)
  }
}

/** How many versions somebody may still ask for: one for each run that is done. */
async function resultsOf({ operator }: Ended['people']): Promise<number> {
  const { runs } = await operator(hubEndpoints.listRuns, { query: {} })
  return runs.filter(({ result }) => result !== null).length
}
