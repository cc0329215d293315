import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { emptyChain, verifyEntries } from '@consort/agreements'
import { parseKeyPair } from '@consort/protocol'
import { readEventLog } from '@consort/storage'
import type { Ended } from './invariants.ts'
import { preparedKey } from './prepared.ts'

/** The log of each machine is one chain from its beginning. */
export function checkLogs({ machines, prepared, onWrong }: Ended): void {
  for (const { name, root } of machines.values()) {
    const sort = name === 'hub' ? 'hub' : 'node'
    const { publicKey } = parseKeyPair(preparedKey(prepared, name, `${sort}.key`))
    try {
      verifyEntries(emptyChain(publicKey), readEventLog(join(root, `${sort}.sqlite`)))
    } catch (error) {
      onWrong(`the log of ${name} does not verify: ${String(error)}`)
    }
  }
}

/**
 * Once all runs are over, the hub keeps no update that is not a version's, and no node keeps what it has delivered; one
 * that was started again in between may not know that it was, and forgets it after a week.
 */
export async function checkLeftovers({ machines, onWrong }: Ended): Promise<void> {
  for (const machine of machines.values()) {
    if (machine.name === 'hub') {
      const tasks = (await machine.listBlobs()).filter(scope => scope.startsWith('tsk_'))
      if (tasks.length > 0) onWrong(`the hub keeps the updates of ${tasks.length} tasks that are over`)
      continue
    }
    if (machine.lives > 1) continue
    const database = new DatabaseSync(join(machine.root, 'node.sqlite'), { readOnly: true })
    const rows = database.prepare('select task from work').all()
    database.close()
    if (rows.length > 0) onWrong(`${machine.name} keeps the work of ${rows.length} tasks that are over`)
  }
}
