import assert from 'node:assert/strict'
import test from 'node:test'
import { Refusal } from '@consort/protocol'
import { pino } from 'pino'
import { startOutbox } from './outbox.ts'

const log = pino({ level: 'silent' })

/** News that cannot be told `failures` times, and of which it is known how often they were told. */
function news(name: string, failures: number) {
  const told = Promise.withResolvers<void>()
  let tries = 0
  const tell = async (): Promise<void> => {
    tries += 1
    if (tries <= failures) throw new Refusal('unreachable', 'the hub is away')
    told.resolve()
  }
  return { name, tell, told: told.promise, tries: () => tries }
}

async function during(
  all: readonly ReturnType<typeof news>[],
  use: (outbox: ReturnType<typeof startOutbox>) => Promise<void>,
): Promise<void> {
  const ending = new AbortController()
  const outbox = startOutbox(all, { log, signal: ending.signal })
  try {
    await use(outbox)
  } finally {
    ending.abort()
    await outbox.done
  }
}

test('what cannot be told is told later, and holds up nothing else', async () => {
  const [cards, usage] = [news('cards', 2), news('usage', 0)]
  await during([cards, usage], async () => {
    await usage.told
    assert.ok(cards.tries() <= 1)
    await cards.told
  })
  assert.equal(cards.tries(), 3)
})

test('a notice makes it look at once, also one that comes while it tells', async () => {
  const reached = Promise.withResolvers<void>()
  const going = Promise.withResolvers<void>()
  const again = Promise.withResolvers<void>()
  let tries = 0
  const tell = async (): Promise<void> => {
    tries += 1
    reached.resolve()
    if (tries === 1) await going.promise
    else again.resolve()
  }
  await during([{ ...news('cards', 0), tell }], async outbox => {
    await reached.promise
    outbox.wake()
    going.resolve()
    await again.promise
  })
  assert.equal(tries, 2)
})
