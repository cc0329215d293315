import type { Predictor } from '@consort/serving'

/** One predictor for each version that is asked, opened when it is first needed. */
export interface Predictors extends AsyncDisposable {
  of(version: string): Promise<Predictor>
  /** Closes those that nothing is asked of any more; what is under way is finished first. */
  keepOnly(versions: ReadonlySet<string>): Promise<void>
}

export type OpenVersion = (version: string, onEnd: () => void) => Promise<Predictor>

export function createPredictors(open: OpenVersion): Predictors {
  const opened = new Map<string, Promise<Predictor>>()
  const close = async (version: string): Promise<void> => {
    const closing = opened.get(version)
    opened.delete(version)
    await closing?.then(
      predictor => predictor[Symbol.asyncDispose](),
      () => {},
    )
  }
  return {
    of(version) {
      const known = opened.get(version)
      if (known) return known
      const opening = open(version, () => opened.delete(version))
      opened.set(version, opening)
      opening.catch(() => opened.delete(version))
      return opening
    },
    async keepOnly(versions) {
      await Promise.all([...opened.keys()].filter(version => !versions.has(version)).map(close))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...opened.keys()].map(close))
    },
  }
}
