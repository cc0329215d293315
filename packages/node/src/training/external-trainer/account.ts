import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Refusal } from '@consort/protocol'

/** A user of the machine by its numbers. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/**
 * The numbers of a user, as the machine knows it; undefined for the node's own. Throws `policy-refused` when
 * there is no such user, or when `ownUid` is not root's, who alone can start programs as somebody else.
 */
export async function accountOf(
  user: string | undefined,
  ownUid = process.getuid?.(),
): Promise<Account | undefined> {
  if (user === undefined) return undefined
  if (ownUid !== 0) {
    throw new Refusal(
      'policy-refused',
      `The trainer is to run as ${user}, but this node does not run as root`,
      {
        hint: 'Leave `trainer.user` out of the policy, or run the node as root.',
      },
    )
  }
  try {
    const [uid, gid] = await Promise.all([numberOf('-u', user), numberOf('-g', user)])
    return { uid, gid }
  } catch (cause) {
    throw new Refusal('policy-refused', `The trainer is to run as ${user}, whom this machine does not know`, {
      hint: 'Correct `trainer.user` in the policy, or make the user.',
      cause,
    })
  }
}

async function numberOf(which: '-u' | '-g', user: string): Promise<number> {
  const { stdout } = await promisify(execFile)('id', [which, user])
  return Number(stdout)
}
