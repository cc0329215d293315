import assert from 'node:assert/strict'

/** Whether a partner's agent is asked at all; times in milliseconds on one clock. */
export type Circuit =
  | { readonly kind: 'closed'; readonly failures: number }
  /** Nothing is asked until then. */
  | { readonly kind: 'open'; readonly untilMs: number; readonly openings: number }
  /** One question is under way; its outcome decides. */
  | { readonly kind: 'probing'; readonly sinceMs: number; readonly openings: number }

export interface CircuitRule {
  /** Failures in a row that open the circuit. */
  readonly failuresMax: number
  /** For how long the first time; twice as long after each probe that fails, up to `pauseMaxMs`. */
  readonly pauseMs: number
  readonly pauseMaxMs: number
  /** A probe without an outcome after this time counts as failed: a partner that hangs must not hold the circuit. */
  readonly probeMaxMs: number
}

export type CircuitEvent = { readonly kind: 'succeeded' | 'failed'; readonly nowMs: number }

export const closedCircuit: Circuit = { kind: 'closed', failures: 0 }

/**
 * May the partner be asked now? In an open circuit whose pause is over exactly one question is let through: it is the
 * `next` state that says so, to be kept before the question is sent.
 */
export function tryCircuit(
  circuit: Circuit,
  { nowMs, rule }: { nowMs: number; rule: CircuitRule },
): { readonly mayAsk: boolean; readonly next: Circuit } {
  checkRule(rule)
  if (circuit.kind === 'closed') return { mayAsk: true, next: circuit }
  if (circuit.kind === 'open') {
    if (nowMs < circuit.untilMs) return { mayAsk: false, next: circuit }
    return { mayAsk: true, next: { kind: 'probing', sinceMs: nowMs, openings: circuit.openings } }
  }
  if (nowMs - circuit.sinceMs < rule.probeMaxMs) return { mayAsk: false, next: circuit }
  return { mayAsk: false, next: opened(circuit.openings, nowMs, rule) }
}

/**
 * What an outcome makes of it. Any success closes the circuit, also one that was asked before it opened; a failure that
 * arrives while it is open changes nothing, since it was asked before.
 */
export function stepCircuit(circuit: Circuit, event: CircuitEvent, rule: CircuitRule): Circuit {
  checkRule(rule)
  if (event.kind === 'succeeded') return closedCircuit
  if (circuit.kind === 'open') return circuit
  if (circuit.kind === 'probing') return opened(circuit.openings, event.nowMs, rule)
  const failures = circuit.failures + 1
  return failures >= rule.failuresMax ? opened(0, event.nowMs, rule) : { kind: 'closed', failures }
}

function opened(openings: number, nowMs: number, { pauseMs, pauseMaxMs }: CircuitRule): Circuit {
  const pause = Math.min(pauseMaxMs, pauseMs * 2 ** openings)
  return { kind: 'open', untilMs: nowMs + pause, openings: openings + 1 }
}

function checkRule({ failuresMax, pauseMs, pauseMaxMs, probeMaxMs }: CircuitRule): void {
  assert.ok(failuresMax >= 1 && pauseMs > 0 && pauseMaxMs >= pauseMs && probeMaxMs > 0)
}
