import { useState } from 'react'
import { useSpeech } from '../../language/speech.tsx'
import type { Example } from '../record-form.ts'
import { enlargement, mediaTypeOf } from './picture.ts'

/** In CSS pixels on the longer side. */
const thumbnailMax = 112

/** Pictures side by side, each above its label. */
export function SimilarPictures({ examples }: { examples: readonly Example<'picture'>[] }) {
  return (
    <div className="similar-pictures">
      {examples.map(({ record, label }, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: equal pictures may stand side by side, and never move
        <Thumbnail key={index} file={record.file} label={label} />
      ))}
    </div>
  )
}

function Thumbnail({ file, label }: { file: string; label: string }) {
  const { say } = useSpeech()
  const [size, setSize] = useState({ width: 0, height: 0 })
  const scale = enlargement(size.width, size.height, thumbnailMax)
  return (
    <figure>
      <img
        src={`data:${mediaTypeOf(file)};base64,${file}`}
        alt={say.similar.picture(label)}
        className={scale > 1 ? 'pixels' : undefined}
        width={size.width > 0 ? size.width * scale : undefined}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setSize({ width: naturalWidth, height: naturalHeight })
        }
      />
      <figcaption>{label}</figcaption>
    </figure>
  )
}
