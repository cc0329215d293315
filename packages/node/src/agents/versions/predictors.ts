import type { Id } from '@consort/protocol'
import type { Predictor } from '@consort/serving'

/** One predictor for each version that is asked, opened when it is first needed. */
export interface Predictors extends AsyncDisposable {
  /** Lends a predictor to some work, and keeps it open until that is done, whatever else happens. */
  use<T>(version: Id<'version'>, work: (predictor: Predictor) => Promise<T>): Promise<T>
  /** Lends no other versions from now on, and closes them when the work that they are lent to is done. */
  keepOnly(versions: ReadonlySet<Id<'version'>>): Promise<void>
}

/** Opens the model of a version. */
export type OpenVersion = (version: Id<'version'>) => Promise<Predictor>

/** A predictor with those that it is lent to. */
interface Lent {
  readonly opening: Promise<Predictor>
  borrowers: number
  /** Told when the last one is done, once nobody else is let in. */
  whenFree: (() => void) | undefined
}

/** Opens versions as they are asked; what fails to open is opened again at the next question. */
export function createPredictors(open: OpenVersion): Predictors {
  const lent = new Map<Id<'version'>, Lent>()

  const find = (version: Id<'version'>): Lent => {
    const known = lent.get(version)
    if (known) return known
    const opened: Lent = { opening: open(version), borrowers: 0, whenFree: undefined }
    lent.set(version, opened)
    opened.opening.catch(() => {
      if (lent.get(version) === opened) lent.delete(version)
    })
    return opened
  }
  const close = async (version: Id<'version'>): Promise<void> => {
    const closing = lent.get(version)
    lent.delete(version)
    if (!closing) return
    if (closing.borrowers > 0) {
      await new Promise<void>(resolve => {
        closing.whenFree = resolve
      })
    }
    await closing.opening.then(
      predictor => predictor[Symbol.asyncDispose](),
      () => {},
    )
  }
  return {
    async use(version, work) {
      const found = find(version)
      found.borrowers += 1
      try {
        return await work(await found.opening)
      } finally {
        found.borrowers -= 1
        if (found.borrowers === 0) found.whenFree?.()
      }
    },
    async keepOnly(versions) {
      await Promise.all([...lent.keys()].filter(version => !versions.has(version)).map(close))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...lent.keys()].map(close))
    },
  }
}
