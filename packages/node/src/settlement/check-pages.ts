import { setImmediate } from 'node:timers/promises'
import { type CheckedPage, checkEachOnce, checkPage, type NamedPage } from '@consort/agreements'
import {
  hubEndpoints,
  type Id,
  type PagedStatement,
  type Roster,
  type UsagePage,
  usagePageBytesMax,
} from '@consort/protocol'
import { findChecked, forgetOtherMonths, keepChecked } from './checked-page-store.ts'
import type { SettlementContext } from './context.ts'

/**
 * Checks all pages that a statement names, one at a time. A page that was checked before is not fetched again. Returns
 * them, and the ids of their events. Throws `statement-wrong`.
 */
export async function checkPages(
  context: Pick<SettlementContext, 'database' | 'call'>,
  { agreement, month, pages }: PagedStatement,
  roster: Roster,
): Promise<{ pages: UsagePage[]; counted: ReadonlySet<Id<'usage'>> }> {
  await forgetOtherMonths(context.database, month)
  const checked: UsagePage[] = []
  const counted = new Set<Id<'usage'>>()
  for (const [index, digest] of pages.entries()) {
    const name = { agreement, month, number: index + 1 }
    const page = await checkedPage(context, { name, digest, roster })
    checkEachOnce(page, counted)
    checked.push(page.page)
    await setImmediate() // a turn for everyone else, also where nothing has to be fetched
  }
  return { pages: checked, counted }
}

/** The digest of a page covers its number, month and agreement, so what was checked under it stays checked. */
async function checkedPage(
  { database, call }: Pick<SettlementContext, 'database' | 'call'>,
  named: NamedPage,
): Promise<CheckedPage> {
  const { digest: page, name } = named
  const known = await findChecked(database, page)
  if (known?.page.number === name.number) return known
  const shown = await call(hubEndpoints.getUsagePage, { params: { page } }, { bytesMax: usagePageBytesMax })
  const checked = await checkPage(shown, named)
  await keepChecked(database, checked)
  return checked
}
