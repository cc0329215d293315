const dayMs = 24 * 3_600_000

/** How far a clock may jump between two looks: as far as a machine sleeps over a weekend. */
export const jumpMsMax = 3 * dayMs

/** The clock of the machine, and one that cannot be set. */
export interface Clocks {
  readonly now: () => Date
  /** Milliseconds that have passed, from whatever moment on. */
  readonly steadyMs: () => number
}

/**
 * Makes what tells at each look whether the clock has gone on as it should have since the look before. One that jumped
 * by days may be wrong for a minute: it is not believed before the next look, if it goes on from there. `known` is a
 * moment that was seen before the process began; without one the first look tells nothing.
 */
export function watchClock({ now, steadyMs }: Clocks): (known?: Date) => boolean {
  let last: { readonly ms: number; readonly steadyMs: number } | undefined
  return known => {
    const look = { ms: now().getTime(), steadyMs: steadyMs() }
    const expected = last ? last.ms + look.steadyMs - last.steadyMs : known?.getTime()
    last = look
    return expected !== undefined && look.ms - expected <= jumpMsMax
  }
}
