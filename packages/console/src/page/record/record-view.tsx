import type { Review } from '../reviews.ts'
import { RecordPicture } from './record-picture.tsx'
import { RecordTable } from './record-table.tsx'

/** What the agent was asked about. `because` marks the rows that moved it, once the expert may know. */
export function RecordView({
  record,
  because,
}: {
  record: Review['record']
  because: NonNullable<Review['suggestion']>['because']
}) {
  return record.kind === 'image' ? (
    <RecordPicture file={record.file} />
  ) : (
    <RecordTable cells={record.cells} because={because} />
  )
}
