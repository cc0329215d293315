import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Both halves of V8's nursery, as it is to be. */
const nurseryBytes = 8 * 1024 * 1024

const lookEveryMs = 250

/**
 * Keeps V8's nursery at the size that it has. Loading the code of a process would let it grow to 64 MB and more, and
 * under a load of uploads it is filled from one end to the other, though nothing there lives longer than a request.
 */
export function holdNursery(): void {
  mayGrow(false)
}

/** Lets it grow to 8 MB, and again when V8 has made it smaller: with less, processor time goes up by a tenth. */
export function boundNursery(): Disposable {
  let isGrowing = false
  const look = (): void => {
    const isSmall = sizeOfNursery() < nurseryBytes
    if (isSmall !== isGrowing) mayGrow(isSmall)
    isGrowing = isSmall
  }
  const timer = setInterval(look, lookEveryMs).unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/**
 * Gives what frees the dead buffers of the nursery. V8 counts only their heads, and would let 64 MB of bodies pile up
 * before it looks: more than a model.
 */
export function openCollector(): () => void {
  setFlagsFromString('--expose-gc') // for the context that is made next
  const collect: unknown = runInNewContext('gc')
  setFlagsFromString('--no-expose-gc')
  if (typeof collect !== 'function') return () => {}
  return () => void collect({ type: 'minor' })
}

function mayGrow(may: boolean): void {
  setFlagsFromString(`--semi-space-growth-factor=${may ? 2 : 1}`)
}

function sizeOfNursery(): number {
  const nursery = getHeapSpaceStatistics().find(space => space.space_name === 'new_space')
  return nursery?.space_size ?? nurseryBytes
}
