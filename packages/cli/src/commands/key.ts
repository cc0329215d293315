import { type KeyHolder, type KeyView, nodeEndpoints, Refusal } from '@consort/protocol'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withNode } from '../session.ts'

export interface KeyCreateOptions {
  readonly for: KeyHolder
  /** Names of agents, with commas between them. */
  readonly scope?: string
  readonly expires?: string
  readonly perMinute?: string
  readonly queries?: string
  readonly budget?: string
  readonly decimals?: string
}

/** Makes a key for an application or an expert. It is shown this once. */
export async function createKey(session: Session, name: string, options: KeyCreateOptions): Promise<void> {
  const { terminal, say } = session
  const holder = options.for
  const limits = limitsOf(options)
  const [made, url] = await withNode(session, async (call, { url: base }) => [
    await call(nodeEndpoints.createAccessKey, { body: { name, holder, limits } }),
    base,
  ])
  note(terminal, say.keyShownOnce)
  const link = holder === 'expert' ? `${url}/#key=${made.key}` : null
  printResult(terminal, { ...made, link }, () =>
    link === null ? `${made.key}\n${made.webhookSecret}` : `${made.key}\n${link}`,
  )
}

/** Prints the keys of applications and experts, with their limits and without the keys themselves. */
export async function listKeys(session: Session): Promise<void> {
  const { keys } = await withNode(session, call => call(nodeEndpoints.listAccessKeys))
  printResult(session.terminal, keys, () =>
    keys.length === 0 ? session.say.nothingYet : keyTable(session, keys),
  )
}

/** Ends a key at once and for good. */
export async function revokeKey(session: Session, name: string): Promise<void> {
  const view = await withNode(session, call => call(nodeEndpoints.revokeAccessKey, { params: { name } }))
  printResult(session.terminal, view, () => keyTable(session, [view]))
}

/** What `POST /v1/keys` takes. Throws `input-invalid` with the option. */
export function limitsOf({ scope, expires, perMinute, queries, budget, decimals }: KeyCreateOptions) {
  return {
    ...(scope !== undefined && { agents: scope.split(',').map(agent => agent.trim()) }),
    ...(expires !== undefined && { expires: momentOf(expires) }),
    ...(perMinute !== undefined && { requestsPerMinute: countOf('--per-minute', perMinute) }),
    ...(queries !== undefined && { queriesPerMonth: countOf('--queries', queries) }),
    ...(budget !== undefined && { minorUnitsPerMonth: countOf('--budget', budget) }),
    ...(decimals !== undefined && { decimals: countOf('--decimals', decimals) }),
  }
}

/** What is no number must not become no limit. */
function countOf(option: string, text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new Refusal('input-invalid', `${option} ${text} is no whole number`, {
    hint: 'Write digits only, as in 5000. Money is counted in the smallest unit of the agreement’s currency.',
    path: option,
  })
}

function momentOf(text: string): string {
  const moment = new Date(text)
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(moment.getTime())) return moment.toISOString()
  throw new Refusal('input-invalid', `--expires ${text} is no date`, {
    hint: 'Write it as 2030-01-31 (the beginning of that day, UTC) or 2030-01-31T18:00:00+01:00.',
    path: '--expires',
  })
}

function keyTable({ say, terminal }: Session, keys: readonly KeyView[]): string {
  const { word } = say
  return formatTable(
    terminal,
    [word.name, word.holder, word.agents, word.perMinute, word.queries, word.money, word.expires],
    keys.map(({ name, holder, limits, revoked, account }) => [
      name,
      say.keyHolder[holder],
      limits.agents?.join(say.comma) ?? '',
      limits.requestsPerMinute ?? '',
      lineOf(account.queries, limits.queriesPerMonth),
      lineOf(account.minorUnits, limits.minorUnitsPerMonth),
      revoked === null ? (limits.expires ?? '') : say.keyRevoked(revoked),
    ]),
  )
}

/** Spent, held if anything is, and the budget: `40 + 2 / 50`. */
function lineOf({ spent, held }: KeyView['account']['queries'], budget: number | null): string {
  return `${spent}${held > 0 ? ` + ${held}` : ''}${budget === null ? '' : ` / ${budget}`}`
}
