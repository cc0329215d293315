import { useSpeech } from '../../language/speech.tsx'
import type { Because, RecordForm } from '../record-form.ts'
import { markedPieces } from './marked-words.ts'

/** A text, as it is written: whatever markup it holds is shown and not followed. */
export const text: RecordForm<'text'> = {
  View: ({ record, because }) => <RecordText text={record.text} because={because} />,
  Similar: ({ examples }) => (
    <ul className="similar-texts">
      {examples.map(({ record, label }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal texts may stand one below the other, and never move
        <li key={index}>
          <strong>{label}</strong>
          <p>{record.text.slice(0, excerptMax)}</p>
        </li>
      ))}
    </ul>
  ),
  showsDifferences: false,
  textOf: () => null,
}

/** Characters of a text that is shown beside others. */
const excerptMax = 600

function RecordText({ text, because }: { text: string; because: Because }) {
  const { say } = useSpeech()
  return (
    <section className="record record-text" aria-label={say.text}>
      {markedPieces(text, because).map((piece, index) =>
        piece.change === undefined ? (
          piece.text
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: pieces stand in their order and never move
          <mark key={index} className={piece.change >= 0 ? 'speaks-for' : 'speaks-against'}>
            {piece.text}
          </mark>
        ),
      )}
    </section>
  )
}
