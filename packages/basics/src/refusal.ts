import { z } from 'zod'

/**
 * A refusal is an answer, not an accident: the input, the state or the policy does not allow what was asked.
 * Everything that may cross the wire as an error is in this closed table.
 */
export const refusalStatus = {
  'input-invalid': 400,
  'recipe-invalid': 422,
  'signature-missing': 401,
  'signature-invalid': 401,
  'nonce-unknown': 401,
  'caller-unknown': 401,
  'budget-spent': 402,
  'not-allowed': 403,
  'policy-refused': 403,
  'not-found': 404,
  gone: 410,
  'invite-unknown': 404,
  'invite-used': 409,
  'name-taken': 409,
  'already-exists': 409,
  'state-conflict': 409,
  'roster-altered': 422,
  'roster-unsigned': 409,
  'agreement-invalid': 422,
  'agreement-altered': 422,
  'agreement-unsigned': 409,
  'agreement-refused': 403,
  'statement-wrong': 422,
  'task-closed': 409,
  'too-large': 413,
  'digest-mismatch': 422,
  'update-shape': 422,
  'update-not-finite': 422,
  'card-mismatch': 422,
  'data-unreadable': 422,
  'data-mismatch': 422,
  'data-changed': 409,
  'mapping-invalid': 422,
  'label-missing': 422,
  'class-unknown': 422,
  'value-invalid': 422,
  'split-empty': 422,
  'weights-invalid': 422,
  'privacy-parameters-invalid': 422,
  'privacy-budget-exceeded': 409,
  'privacy-budget-restored': 409,
  'training-diverged': 422,
  'trainer-failed': 422,
  'trainer-timeout': 422,
  'trainer-output-invalid': 422,
  'log-altered': 422,
  'version-unsupported': 400,
  'tls-required': 400,
  'directory-locked': 409,
  'directory-newer': 409,
  'rate-limited': 429,
  'disk-full': 507,
  unreachable: 503,
  busy: 503,
  internal: 500,
} as const satisfies Record<string, number>

export type RefusalCode = keyof typeof refusalStatus

export interface RefusalOptions {
  /** What to do next, in one sentence. */
  hint?: string
  /** Where in the input the trouble is, e.g. `model.layers[2].kernel`. */
  path?: string
  /** When to try again, in seconds from now. */
  retryAfterSeconds?: number
  cause?: unknown
}

/** Thrown for everything that the caller can understand and mend. Bugs assert instead. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RefusalCode
  readonly hint: string | undefined
  readonly path: string | undefined
  readonly retryAfterSeconds: number | undefined

  constructor(
    code: RefusalCode,
    message: string,
    { hint, path, retryAfterSeconds, cause }: RefusalOptions = {},
  ) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.hint = hint
    this.path = path
    this.retryAfterSeconds = retryAfterSeconds
  }
}

/** Tells whether an error is a refusal with this code. */
export function isRefusal<Code extends RefusalCode>(
  error: unknown,
  code: Code,
): error is Refusal & { readonly code: Code } {
  return error instanceof Refusal && error.code === code
}

/** The same refusal as it travels: problem details (RFC 9457) with our code and hint. */
export const problemSchema = z.strictObject({
  type: z.string(),
  status: z.int(),
  code: z.enum(Object.keys(refusalStatus) as [RefusalCode, ...RefusalCode[]]),
  detail: z.string(),
  hint: z.string().optional(),
  path: z.string().optional(),
  /** Also in the `Retry-After` header. */
  retryAfterSeconds: z.int().min(0).optional(),
})
export type Problem = z.infer<typeof problemSchema>

function typeOf(code: string): string {
  return `urn:consort:refusal:${code}`
}

/** Anything that is not a refusal becomes `internal`, and its message stays at home. */
export function problemOf(error: unknown): Problem {
  const refusal =
    error instanceof Refusal && error.code !== 'internal'
      ? error
      : new Refusal('internal', 'Something went wrong here; the log of this process says what')
  return {
    type: typeOf(refusal.code),
    status: refusalStatus[refusal.code],
    code: refusal.code,
    detail: refusal.message,
    ...(refusal.hint === undefined ? {} : { hint: refusal.hint }),
    ...(refusal.path === undefined ? {} : { path: refusal.path }),
    ...(refusal.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: refusal.retryAfterSeconds }),
  }
}

/**
 * Reads a problem back into the refusal it was; an unknown shape becomes `unreachable`, and so does an unknown
 * code of a newer version of Consort, with what that one said.
 */
export function refusalOf(status: number, body: unknown): Refusal {
  const problem = (typeof body === 'object' && body !== null ? body : {}) as Partial<
    Record<keyof Problem, unknown>
  >
  const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)
  const code = text(problem.code)
  if (code !== undefined && !Object.hasOwn(refusalStatus, code) && problem.type === typeOf(code)) {
    return new Refusal(
      'unreachable',
      `The other side refused for a reason that this version does not know (${status} ${code}): ${text(problem.detail) ?? ''}`,
      { hint: text(problem.hint) ?? 'It may run a newer version of Consort; upgrade this side.' },
    )
  }
  if (code === undefined || !Object.hasOwn(refusalStatus, code)) {
    return new Refusal('unreachable', `The other side answered ${status} without saying why`, {
      hint: 'Something between here and there may have answered instead: a proxy, a captive portal, another program.',
    })
  }
  const hint = text(problem.hint)
  const path = text(problem.path)
  const seconds = problem.retryAfterSeconds
  return new Refusal(code as RefusalCode, text(problem.detail) ?? code, {
    ...(hint && { hint }),
    ...(path && { path }),
    ...(typeof seconds === 'number' && Number.isSafeInteger(seconds) && { retryAfterSeconds: seconds }),
  })
}
