import type { Nearest, Review } from '../reviews.ts'
import { image } from './image/image.tsx'
import type { Because, Example, RecordKind, RecordKindName, Records } from './record-kind.ts'
import { row } from './row/row.tsx'
import { text } from './text/text.tsx'

/** How experts see records of each kind. One that is forgotten here does not compile. */
const kinds: { readonly [Kind in RecordKindName]: RecordKind<Kind> } = { row, image, text }

/** What the agent was asked about. `because` marks the rows that moved it, once the expert may know. */
export function RecordView({ record, because }: { record: Review['record']; because: Because }) {
  return viewOf(record.kind, record, because)
}

/** Labelled records like the case, of its kind. */
export function SimilarRecords({
  record,
  examples,
}: {
  record: Review['record']
  examples: Nearest['examples']
}) {
  return similarTo(record.kind, record, examples)
}

/** Tells whether what differs from the case stands out among the records like it. */
export function showsDifferences({ kind }: Review['record']): boolean {
  return kinds[kind].showsDifferences
}

/** What a record says in a field; null where it says nothing, or has no fields. */
export function textOf(record: Review['record'], field: string): string | null {
  return textIn(record.kind, record, field)
}

function viewOf<Kind extends RecordKindName>(kind: Kind, record: Records[Kind], because: Because) {
  const { View } = kinds[kind]
  return <View record={record} because={because} />
}

function similarTo<Kind extends RecordKindName>(
  kind: Kind,
  record: Records[Kind],
  examples: Nearest['examples'],
) {
  const { Similar } = kinds[kind]
  const own = examples.flatMap(({ record, ...rest }): Example<Kind>[] =>
    isOf(kind, record) ? [{ ...rest, record }] : [],
  )
  return <Similar record={record} examples={own} />
}

function textIn<Kind extends RecordKindName>(
  kind: Kind,
  record: Records[Kind],
  field: string,
): string | null {
  return kinds[kind].textOf(record, field)
}

function isOf<Kind extends RecordKindName>(kind: Kind, record: Review['record']): record is Records[Kind] {
  return record.kind === kind
}
