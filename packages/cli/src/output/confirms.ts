import { createInterface } from 'node:readline/promises'
import type { Terminal } from './terminal.ts'

/** Whether a person at a terminal types yes. Nobody there is no. */
export async function confirms(
  { terminal, signal }: { terminal: Terminal; signal: AbortSignal },
  question: string,
): Promise<boolean> {
  if (process.stdin.isTTY !== true) return false
  const prompt = createInterface({ input: process.stdin, output: terminal.err })
  try {
    return (await prompt.question(question, { signal })).trim().toLowerCase() === 'yes'
  } finally {
    prompt.close()
  }
}
