import type { RecordForm } from '../record-form.ts'
import { RecordPicture } from './record-picture.tsx'
import { SimilarPictures } from './similar-pictures.tsx'

/** A picture. */
export const picture: RecordForm<'picture'> = {
  View: ({ record }) => <RecordPicture file={record.file} />,
  Similar: ({ examples }) => <SimilarPictures examples={examples} />,
  showsDifferences: false,
  textOf: () => null,
}
