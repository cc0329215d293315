import type { Words } from './keep-setting.ts'

/** What becomes of a table's rows, or of a folder's files. */
export type Retention<Rule extends string, Column extends string = never> =
  /** Nothing deletes it: it is evidence, or what the process is made of. */
  | { readonly kind: 'kept'; readonly why: Words }
  /** Whoever writes it also removes it, or writes over it. */
  | { readonly kind: 'bounded'; readonly by: Words }
  /** A rule deletes what is old, or archives it. `since` is the column that says how old a row is. */
  | { readonly kind: 'swept'; readonly rule: Rule; readonly since?: Column }

/** Total over the tables: one that nobody has decided about does not compile. */
export type TableRetention<Tables, Rule extends string> = {
  readonly [Table in keyof Tables & string]: Retention<Rule, keyof Tables[Table] & string>
}
