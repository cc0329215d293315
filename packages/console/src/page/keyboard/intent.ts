import { keysOf } from './class-keys.ts'

/** The part of a keyboard event that is looked at. */
export interface Pressed {
  readonly key: string
  readonly ctrlKey: boolean
  readonly altKey: boolean
  readonly metaKey: boolean
  readonly repeat: boolean
  readonly isComposing: boolean
}

export type Intent =
  | { readonly kind: 'class'; readonly class: string }
  | { readonly kind: 'move'; readonly by: 1 | -1 }
  | { readonly kind: 'enter' }

const steps: Readonly<Record<string, 1 | -1>> = {
  ArrowRight: 1,
  ArrowDown: 1,
  ArrowLeft: -1,
  ArrowUp: -1,
}

/** What a key means for a case with these classes. A key that is held down answers once. */
export function intentOf(pressed: Pressed, classes: readonly string[]): Intent | null {
  if (pressed.ctrlKey || pressed.altKey || pressed.metaKey || pressed.isComposing) return null
  const by = steps[pressed.key]
  if (by !== undefined) return { kind: 'move', by }
  if (pressed.repeat) return null
  if (pressed.key === 'Enter') return { kind: 'enter' }
  // Full-width digits of a Chinese or Japanese input method are digits.
  const key = pressed.key.normalize('NFKC').toLowerCase()
  const index = keysOf(classes).indexOf(key)
  return index < 0 ? null : { kind: 'class', class: classes[index]! }
}
