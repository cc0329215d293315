/** How a record may leave: cells de-identified by rules, a picture without its metadata, or not at all. */
export type LeavingRecord<Asked> =
  | {
      readonly as: 'cells'
      readonly cells: Readonly<Record<string, string | number | null>>
      readonly made: (cells: Record<string, string | number | null>) => Asked
    }
  | { readonly as: 'picture'; readonly file: Uint8Array; readonly made: (file: Uint8Array) => Asked }
  | { readonly as: 'nothing' }
