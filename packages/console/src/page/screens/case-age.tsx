import { useEffect, useState } from 'react'
import { formatAgo } from '../language/format.ts'
import { useSpeech } from '../language/speech.tsx'

/** When the case was asked; the exact time on hovering. */
export function CaseAge({ asked }: { asked: string }) {
  const { language } = useSpeech()
  const [now, setNow] = useState(() => new Date())
  useEffect(() => {
    const timer = setInterval(() => setNow(new Date()), 20_000)
    return () => clearInterval(timer)
  }, [])
  const then = new Date(asked)
  return (
    <time dateTime={asked} title={then.toLocaleString(language)}>
      {formatAgo(then, now, language)}
    </time>
  )
}
