import { Refusal } from '@consort/protocol'
import { isDatabaseAway } from './is-database-away.ts'

/**
 * Does what speaks with the database server first. Throws `unreachable` where the server does not answer, and
 * `input-invalid` where it takes no such user, password or database; other errors as they are.
 */
export async function orServerRefusal<Result>(speak: () => Promise<Result>): Promise<Result> {
  try {
    return await speak()
  } catch (error) {
    throw serverRefusal(error) ?? error
  }
}

function serverRefusal(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code !== undefined && notAdmitted.test(code)) {
    return new Refusal(
      'input-invalid',
      `The database server refuses CONSORT_DATABASE_URL: ${error.message}`,
      {
        hint: 'Compare user, password and name of the database with those at the server; `createdb` makes a database.',
        cause: error,
      },
    )
  }
  if (!isDatabaseAway(error)) return undefined
  return new Refusal('unreachable', `The database server does not answer (${code ?? error.message})`, {
    hint: 'Does it run, and at the host and port of CONSORT_DATABASE_URL? Try again then.',
    cause: error,
  })
}

/** PostgreSQL, appendix A: class 28 for user and password, 3D000 for the name of the database. */
const notAdmitted = /^(28\w{3}|3D000)$/
