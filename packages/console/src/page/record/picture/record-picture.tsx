import { useState } from 'react'
import { useSpeech } from '../../language/speech.tsx'
import { enlargement, mediaTypeOf } from './picture.ts'

/** The picture as it was asked about; a small one in whole steps, each pixel a square. */
export function RecordPicture({ file }: { file: string }) {
  const { say } = useSpeech()
  const [size, setSize] = useState({ width: 0, height: 0 })
  const scale = enlargement(size.width, size.height)
  return (
    <div className="record record-picture">
      <img
        src={`data:${mediaTypeOf(file)};base64,${file}`}
        alt={say.picture}
        className={scale > 1 ? 'pixels' : undefined}
        width={size.width > 0 ? size.width * scale : undefined}
        onLoad={({ currentTarget: { naturalWidth, naturalHeight } }) =>
          setSize({ width: naturalWidth, height: naturalHeight })
        }
      />
    </div>
  )
}
