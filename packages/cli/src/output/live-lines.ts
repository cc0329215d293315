import type { Terminal } from './terminal.ts'
import { widthOf } from './terminal.ts'

/** Lines at the bottom of the screen that are drawn again and again, with finished lines scrolling above them. */
export interface LiveLines {
  /** Replaces the live lines. Does nothing where the screen cannot be redrawn. */
  draw(lines: readonly string[]): void
  /** Writes a line for good, above the live ones. */
  finish(line: string): void
  /** Removes the live lines. */
  end(): void
}

/** Makes lines that are written over as things go on; where no person looks on, only finished lines are written. */
export function createLiveLines({ err }: Pick<Terminal, 'err'>): LiveLines {
  const canRedraw = err.isTTY === true && process.env.TERM !== 'dumb'
  let shown: readonly string[] = []
  const erase = (): string => (shown.length === 0 ? '' : `\u001b[${shown.length}A\u001b[J`)
  return {
    draw(lines) {
      if (!canRedraw) return
      const columns = err.columns ?? 80
      const fitting = lines.map(line => (widthOf(line) < columns ? line : line.slice(0, columns - 1)))
      err.write(`${erase()}${fitting.map(line => `${line}\n`).join('')}`)
      shown = fitting
    },
    finish(line) {
      err.write(`${canRedraw ? erase() : ''}${line}\n`)
      const again = shown
      shown = []
      this.draw(again)
    },
    end() {
      if (canRedraw) err.write(erase())
      shown = []
    },
  }
}

const blocks = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'] as const

/** A bar `width` columns wide of which `share` (0 to 1) is filled. */
export function progressBar(share: number, width: number): string {
  const eighths = Math.round(Math.min(Math.max(share, 0), 1) * width * 8)
  const filled = '█'.repeat(eighths >> 3) + blocks[eighths & 7]
  return filled.padEnd(width, '░')
}
