import { shownRecord } from '@consort/protocol/browser'
import type { Nearest, Review } from '../reviews.ts'
import { cells } from './cells/cells-form.tsx'
import { picture } from './picture/picture-form.tsx'
import type { Because, Example, FormName, Forms, RecordForm } from './record-form.ts'
import { text } from './text/text-form.tsx'

/** How experts see records in each form. One that is forgotten here does not compile. */
const forms: { readonly [Form in FormName]: RecordForm<Form> } = { cells, picture, text }

/** What the agent was asked about. `because` marks the rows that moved it, once the expert may know. */
export function RecordView({ record, because }: { record: Review['record']; because: Because }) {
  const shown = shownRecord(record)
  return viewOf(shown.form, shown, because)
}

/** Labelled records like the case, in its form. */
export function SimilarRecords({
  record,
  examples,
}: {
  record: Review['record']
  examples: Nearest['examples']
}) {
  const shown = shownRecord(record)
  return similarTo(shown.form, shown, examples)
}

/** Tells whether what differs from the case stands out among the records like it. */
export function showsDifferences(record: Review['record']): boolean {
  return forms[shownRecord(record).form].showsDifferences
}

/** What a record says in a field; null where it says nothing, or has no fields. */
export function textOf(record: Review['record'], field: string): string | null {
  const shown = shownRecord(record)
  return textIn(shown.form, shown, field)
}

function viewOf<Form extends FormName>(form: Form, record: Forms[Form], because: Because) {
  const { View } = forms[form]
  return <View record={record} because={because} />
}

function similarTo<Form extends FormName>(form: Form, record: Forms[Form], examples: Nearest['examples']) {
  const { Similar } = forms[form]
  const own = examples.flatMap(({ record, ...rest }): Example<Form>[] => {
    const shown = shownRecord(record)
    return isIn(form, shown) ? [{ ...rest, record: shown }] : []
  })
  return <Similar record={record} examples={own} />
}

function textIn<Form extends FormName>(form: Form, record: Forms[Form], field: string): string | null {
  return forms[form].textOf(record, field)
}

function isIn<Form extends FormName>(form: Form, record: Forms[FormName]): record is Forms[Form] {
  return record.form === form
}
