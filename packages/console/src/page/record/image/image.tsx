import type { RecordKind } from '../record-kind.ts'
import { RecordPicture } from './record-picture.tsx'
import { SimilarPictures } from './similar-pictures.tsx'

/** A picture. */
export const image: RecordKind<'image'> = {
  View: ({ record }) => <RecordPicture file={record.file} />,
  Similar: ({ examples }) => <SimilarPictures examples={examples} />,
  showsDifferences: false,
  textOf: () => null,
}
