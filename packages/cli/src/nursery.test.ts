import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import test from 'node:test'

/** What a process of its own says: flags of V8 are those of the whole process. */
function numbersOf(code: string): number[] {
  const beginning = `
    import { getHeapSpaceStatistics } from 'node:v8'
    import { setTimeout as sleep } from 'node:timers/promises'
    import { boundNursery, holdNursery, openCollector } from ${JSON.stringify(new URL('./nursery.ts', import.meta.url))}
    const megabytes = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20
    // Much of what is made here lives for a while, as when code is loaded.
    const load = () => {
      let kept = []
      for (let i = 0; i < 3_000_000; i++) {
        kept.push([i])
        if (kept.length > 50_000) kept = []
      }
    }
  `
  const line = [
    '--conditions=source',
    '--disable-warning=ExperimentalWarning',
    '--input-type=module',
    '--eval',
  ]
  const text = execFileSync(process.execPath, [...line, beginning + code], { encoding: 'utf8' })
  return text.trim().split(' ').map(Number)
}

test('the nursery stays small while code is loaded, and grows to its bound afterwards', () => {
  const [free = 0] = numbersOf('load(); console.log(megabytes())')
  const [held = 0, bounded = 0] = numbersOf(`
    holdNursery()
    load()
    const held = megabytes()
    using _ = boundNursery()
    for (let i = 0; i < 8; i++) {
      await sleep(300)
      load()
    }
    console.log(held, megabytes())
  `)
  assert.ok(free > 16, `without a bound it is ${free} MB`)
  assert.ok(held <= 4, `held it is ${held} MB`)
  assert.ok(bounded > held, `bounded it is ${bounded} MB`)
})

test('the collector frees buffers of which nobody has any use, without a look at all of memory', () => {
  const [before = 0, after = 0] = numbersOf(`
    const collect = openCollector()
    const fill = () => { for (let i = 0; i < 200; i++) new Uint8Array(65_536).fill(1) }
    const held = () => process.memoryUsage().arrayBuffers / 2 ** 20
    fill()
    const before = held()
    collect()
    await sleep(10)
    console.log(before, held())
  `)
  assert.ok(before > 10, `${before} MB`)
  assert.ok(after < 2, `${after} MB`)
})
