import { Refusal } from '@consort/protocol'
import { type Kysely, sql } from 'kysely'
import { hasCode } from '../../files/error-code.ts'
import { writerLock } from './writer-lock.ts'

/**
 * Does what changes tables. Throws `busy`, with who holds the database up, when a lock was waited for in vain: that
 * process hangs, or its migration takes long.
 */
export async function refuseHung<Tables>(database: Kysely<Tables>, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    if (!hasCode(error, '55P03')) throw error
    throw new Refusal('busy', `Another process holds the database up: ${await holderOf(database)}`, {
      hint: 'Start again when it has ended its work. If it hangs, end it: what it had begun is undone, and is done by the next start.',
      cause: error,
    })
  }
}

interface Holder {
  readonly application: string
  readonly pid: number
  readonly address: string | null
  readonly since: Date | null
}

async function holderOf<Tables>(database: Kysely<Tables>): Promise<string> {
  const { rows } = await sql<Holder>`
    select application_name as application, pid, host(client_addr) as address, xact_start as since
    from pg_locks join pg_stat_activity using (pid)
    where locktype = 'advisory' and classid = 0 and objid = ${writerLock} and objsubid = 1 and granted
      and pg_locks.database = (select oid from pg_database where datname = current_database())`.execute(
    database,
  )
  const [holder] = rows
  if (!holder) return 'it has just let go, or it reads what is to be changed'
  const { application, pid, address, since } = holder
  return `${application || 'a program without a name'} at ${address ?? 'the same machine'}, process ${pid} of the server, since ${since?.toISOString() ?? 'just now'}`
}
