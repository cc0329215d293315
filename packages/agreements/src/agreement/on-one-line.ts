/**
 * A text that a proposer wrote, as it may stand inside a clause: line breaks, invisible and direction-changing
 * characters are shown as escapes, so that no text can pass for a clause of its own or hide what it says.
 */
export function onOneLine(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, character => `\\u{${character.codePointAt(0)!.toString(16)}}`)
}
