/** Names with commas between them, as a flag takes them. */
export function listed(text: string): string[] {
  return text.split(',').map(part => part.trim())
}
