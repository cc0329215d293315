import { type Id, type IdKind, idPattern, idSchema, Refusal } from '@consort/basics'
import { z } from 'zod'

/** Where something stands in a list that is sorted by time: by its time, and within one moment by its id. */
export interface ListPlace<K extends IdKind> {
  /** ISO 8601. */
  readonly at: string
  readonly id: Id<K>
}

/** The query of a list, the newest first; without `before` it begins at the front. */
export function pageQuery(kind: IdKind) {
  return {
    /** The `next` of the page before. */
    before: z
      .string()
      .regex(new RegExp(`^[0-9TZ:.-]{20,30}_${idPattern(kind)}$`), 'not the `next` of a page')
      .optional(),
    limit: z.coerce.number().int().min(1).max(200).default(50),
  }
}

/**
 * Cuts a list to its page: a reader asks for one entry more than it shows, and so learns whether more follow. `next` is
 * null after the last page.
 */
export function pageOf<T, K extends IdKind>(
  read: readonly T[],
  { limit, placeOf }: { readonly limit: number; readonly placeOf: (entry: T) => ListPlace<K> },
): { readonly page: T[]; readonly next: string | null } {
  const page = read.slice(0, limit)
  const last = page.at(-1)
  const place = read.length > limit && last ? placeOf(last) : undefined
  return { page, next: place ? `${place.at}_${place.id}` : null }
}

/** Reads the `next` of a page. Throws `input-invalid`. */
export function parsePlace<K extends IdKind>(kind: K, before: string | undefined): ListPlace<K> | undefined {
  if (before === undefined) return undefined
  const end = before.indexOf('_')
  const id = idSchema(kind).safeParse(before.slice(end + 1))
  if (id.success) return { at: before.slice(0, end), id: id.data }
  throw new Refusal('input-invalid', 'There is no such page of the list', {
    hint: 'Give `before` what `next` of the page before said, or leave it out.',
    path: 'before',
  })
}
