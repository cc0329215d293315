import { randomBytes } from 'node:crypto'
import { Refusal, type RefusalCode, type TaskFailure } from '@consort/protocol'

/** What the hub may learn about a failure: a code of the closed list. The rest stays in this node's log. */
const failureOfCode: Readonly<Partial<Record<RefusalCode, TaskFailure>>> = {
  'policy-refused': 'policy-refused',
  'recipe-invalid': 'recipe-invalid',
  'signature-invalid': 'roster-altered',
  'roster-altered': 'roster-altered',
  'roster-unsigned': 'roster-altered',
  'agreement-refused': 'agreement-refused',
  'agreement-altered': 'agreement-refused',
  'agreement-unsigned': 'agreement-refused',
  'weights-invalid': 'weights-invalid',
  'digest-mismatch': 'weights-invalid',
  'update-shape': 'update-rejected',
  'update-not-finite': 'update-rejected',
  'card-mismatch': 'update-rejected',
  'not-found': 'data-missing',
  'data-changed': 'data-changed',
  'data-unreadable': 'data-unreadable',
  'data-mismatch': 'data-mismatch',
  'mapping-invalid': 'data-mismatch',
  'label-missing': 'label-missing',
  'class-unknown': 'class-unknown',
  'value-invalid': 'value-invalid',
  'split-empty': 'split-empty',
  'privacy-parameters-invalid': 'privacy-parameters-invalid',
  'privacy-budget-exceeded': 'privacy-budget-exceeded',
  'privacy-budget-restored': 'privacy-budget-restored',
  'training-diverged': 'training-diverged',
  'trainer-failed': 'trainer-failed',
  'trainer-timeout': 'trainer-timeout',
  'trainer-output-invalid': 'trainer-output-invalid',
  'too-large': 'out-of-memory',
  'disk-full': 'disk-full',
}

/** The code that the hub is told for an error: `internal` for all that is this node's own business. */
export function taskFailureOf(error: unknown): TaskFailure {
  if (error instanceof Error && 'code' in error && error.code === 'ENOSPC') return 'disk-full'
  if (!(error instanceof Refusal)) return 'internal'
  return failureOfCode[error.code] ?? 'internal'
}

/** What the node's own log says of an error: a refusal in its words, a bug with its stack. */
export function failureDetails(error: unknown): { message: string; hint?: string | undefined } {
  if (error instanceof Refusal) return { message: error.message, hint: error.hint }
  return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** What to look for in this node's log. */
export function createReference(): string {
  return `node-${randomBytes(4).toString('hex')}`
}
