import type { Command } from 'commander'
import type { Session } from './session.ts'

/** Commands are loaded when they are used: `consort --help` needs neither a database nor a web server. */
export type Action = (
  session: Session,
  ...values: never[]
) => Promise<number | undefined> | Promise<void> | void
export type Runner = (load: () => Promise<Action>) => (this: Command, ...values: unknown[]) => Promise<void>

/** What commands of one kind stand under. */
export function group(program: Command, name: string, description: string): Command {
  return program.command(name).description(description)
}
