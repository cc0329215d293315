/**
 * A record as people see it. The experts' page has a view, with its words, for each of these forms and knows nothing of
 * kinds: a kind that is seen in one of them needs nothing there.
 */
export type ShownRecord =
  | { readonly form: 'cells'; readonly cells: Readonly<Record<string, string | number | null>> }
  /** A PNG or JPEG file in base64. */
  | { readonly form: 'picture'; readonly file: string }
  | { readonly form: 'text'; readonly text: string }
