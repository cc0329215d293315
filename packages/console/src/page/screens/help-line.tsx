import { Kbd } from '@mantine/core'
import type { Stage } from '../desk/desk-state.ts'
import { keysOf } from '../keyboard/class-keys.ts'
import { useSpeech } from '../language/speech.tsx'

/** One line at the bottom: the keys, and what cannot be taken back. */
export function HelpLine({ stage, classes }: { stage: Stage; classes: readonly string[] }) {
  const { say } = useSpeech()
  const keys = keysOf(classes).filter(key => key !== null)
  const classKeys = keys.length > 0 && (
    <>
      <Kbd>{keys[0]}</Kbd> {keys.length > 2 && '… '}
      {keys.length > 1 && <Kbd>{keys.at(-1)}</Kbd>} {say.help.or}{' '}
    </>
  )
  const arrows = (
    <>
      <Kbd>←</Kbd> <Kbd>→</Kbd>{' '}
    </>
  )
  return (
    <footer className="help">
      {stage === 'first' ? (
        <>
          <span className="keys">
            {classKeys}
            {arrows}
            <Kbd>Enter</Kbd> {say.help.answerBy}
          </span>
          <span>{say.help.blind}</span>
        </>
      ) : (
        <>
          <span className="keys">
            <Kbd>Enter</Kbd> {say.help.keepBy}
          </span>
          <span className="keys">
            {classKeys}
            {arrows}
            {say.help.changeBy}
          </span>
        </>
      )}
    </footer>
  )
}
