import { availableParallelism } from 'node:os'
import { type ModelThread, startModelThread, type ThreadBatch } from './model-thread.ts'
import type { ModelSource } from './predictor-messages.ts'

/** Worker threads that hold the same models, each of them loaded once in each thread. */
export interface ModelPool extends AsyncDisposable {
  /** How many batches can run at the same time. */
  readonly size: number
  /** Loads a model into every thread, and again into a thread that takes the place of one that ended. */
  load(model: PooledModel): Promise<LoadedModel>
}

export interface PooledModel {
  /** Read for each thread: a model is not held outside of the threads. */
  readonly source: () => Promise<ModelSource>
  /** Of one input, without the batch. */
  readonly inputShape: readonly number[]
}

export interface LoadedModel {
  /** Runs a batch in the thread that has the least to do; `batch.inputs` is given away. */
  run(batch: ThreadBatch): Promise<Float32Array>
  /** Frees the model in all threads. What was asked before is answered first. */
  unload(): Promise<void>
}

export interface ModelPoolOptions {
  /** How many threads; one less than there are cores by default, since the process has other things to do. */
  readonly size?: number | undefined
  /** Threads within one run of a model. */
  readonly threads?: number | undefined
  /** Starts a thread; a test may hold on to what it starts. */
  readonly start?: typeof startModelThread
}

/** One place in the pool: a thread, and the next one after it has ended. */
interface Place {
  thread: ModelThread
  /** What it has been told to load. */
  readonly loads: Map<number, Promise<void>>
  /** Loads and batches that it was chosen for and that are not over. */
  busy: number
}

/** At most so many by default: models lie in the memory of each. */
const sizeMax = 4

export function openModelPool({
  size,
  threads = 1,
  start = startModelThread,
}: ModelPoolOptions = {}): ModelPool {
  const count = size ?? Math.min(sizeMax, Math.max(1, availableParallelism() - 1))
  const models = new Map<number, PooledModel>()
  const places: Place[] = Array.from({ length: count }, () => ({
    thread: start({ threads }),
    loads: new Map(),
    busy: 0,
  }))
  let numbers = 0
  let isClosed = false

  const loadInto = (place: Place, model: number): Promise<void> => {
    const { thread, loads } = place
    const { source, inputShape } = models.get(model)!
    const loading = occupied(place, async () => thread.load(model, await source(), inputShape))
    loads.set(model, loading)
    loading.catch(() => loads.delete(model))
    return loading
  }
  const revive = (place: Place): void => {
    place.thread = start({ threads })
    place.loads.clear()
    for (const model of models.keys()) void loadInto(place, model)
  }
  /** The place with the least to do. Threads that have ended are replaced first, and have to load everything. */
  const choose = (): Place => {
    if (!isClosed) for (const place of places) if (!place.thread.isAlive) revive(place)
    return places.reduce((best, place) => (place.busy < best.busy ? place : best))
  }

  return {
    size: count,
    async load(pooled) {
      numbers += 1
      const model = numbers
      models.set(model, pooled)
      const loading = await Promise.allSettled(places.map(place => loadInto(place, model)))
      const failed = loading.find(one => one.status === 'rejected')
      const unload = async (): Promise<void> => {
        models.delete(model)
        const holders = places.filter(({ thread, loads }) => thread.isAlive && loads.delete(model))
        await Promise.all(holders.map(({ thread }) => thread.unload(model).catch(() => {})))
      }
      if (failed) {
        await unload()
        throw failed.reason
      }
      return {
        run(batch) {
          const place = choose()
          return occupied(place, async () => {
            await (place.loads.get(model) ?? loadInto(place, model))
            return await place.thread.run(model, batch)
          })
        },
        unload,
      }
    },
    async [Symbol.asyncDispose]() {
      isClosed = true
      await Promise.all(places.map(({ thread }) => thread.close()))
    },
  }
}

/** Counts the work from the moment at which the place was chosen for it. */
async function occupied<T>(place: Place, work: () => Promise<T>): Promise<T> {
  place.busy += 1
  try {
    return await work()
  } finally {
    place.busy -= 1
  }
}
