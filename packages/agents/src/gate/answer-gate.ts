/** Whether an agent may answer alone: from a threshold of confidence on, or not at all. */
export type AnswerGate = { readonly kind: 'open'; readonly threshold: number } | { readonly kind: 'closed' }

/** The gate that a case met, from the threshold that was kept with it: null while the gate was closed. */
export function gateAt(threshold: number | null): AnswerGate {
  return threshold === null ? { kind: 'closed' } : { kind: 'open', threshold }
}
