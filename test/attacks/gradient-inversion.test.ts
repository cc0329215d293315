import assert from 'node:assert/strict'
import test from 'node:test'
import {
  brightnessOf,
  candidatesOf,
  captureUpdate,
  drawnDigits,
  imprintedWeights,
  inversionRecipe,
  invertImprinted,
  likenessOfAll,
  mostLike,
  picturesOf,
} from '@consort/attacks'
import { maskedUpdates, unmaskedUpdates } from './masked-updates.ts'

/** Of digits that a hub may draw for itself. */
const brightness = brightnessOf(drawnDigits(500, 99))

const noise = (noiseMultiplier: number) => ({
  privacy: { differentialPrivacy: { clip: 1, noiseMultiplier } },
})

test('one record is read off a plain update, to the last digit; of eight most, of sixty-four a few', async () => {
  const least = { 1: 1, 8: 6, 64: 1 }
  for (const [count, recoveredMin] of Object.entries(least)) {
    const digits = drawnDigits(Number(count), 7)
    const found = likenessOfAll(candidatesOf(await captureUpdate(digits)), picturesOf(digits))
    assert.ok(found.recovered >= recoveredMin, `${found.recovered} of ${count}`)
    if (digits.count === 1) assert.ok(found.psnr > 90, `${found.psnr} dB`)
    // The measure: these are the records of this update and not of another one.
    const others = picturesOf(drawnDigits(Number(count), 8))
    assert.equal(likenessOfAll(candidatesOf(await captureUpdate(digits)), others).recovered, 0)
  }
})

test('a hub that sends weights of its own making reads most of sixty-four', async () => {
  const digits = drawnDigits(64, 7)
  const weights = imprintedWeights(inversionRecipe(digits), brightness)
  const { recovered } = likenessOfAll(
    invertImprinted(await captureUpdate(digits, { weights })),
    picturesOf(digits),
  )
  assert.ok(recovered >= 32, `${recovered} of 64`)
})

test('clipping hides nothing; noise does, from far below what any useful ε asks for', async () => {
  const digit = drawnDigits(1, 7)
  const [picture] = picturesOf(digit)
  const best = async (multiplier: number) =>
    mostLike(candidatesOf(await captureUpdate(digit, noise(multiplier))), picture!)!
  const clipped = await best(1e-6)
  assert.ok(clipped.psnr > 60, `${clipped.psnr} dB`)
  for (const multiplier of [0.3, 1]) {
    const { correlation, psnr } = await best(multiplier)
    assert.ok(psnr < 12 && Math.abs(correlation) < 0.3, `σ = ${multiplier}: ${psnr} dB, ${correlation}`)
  }
  const weights = imprintedWeights(inversionRecipe(digit), brightness)
  const imprinted = await captureUpdate(digit, { ...noise(1), weights })
  assert.equal(likenessOfAll(invertImprinted(imprinted), [picture!]).recovered, 0)
})

test('a masked update shows nothing, and would without its masks', async () => {
  const digits = [1, 2, 3, 4].map(seed => drawnDigits(1, seed))
  const captured = await Promise.all(digits.map(digit => captureUpdate(digit)))
  const updates = captured.map(({ update }) => update)
  const { recipe } = captured[0]!
  const recovered = (sent: readonly Float32Array[]): number[] =>
    sent.map(
      (update, place) =>
        likenessOfAll(candidatesOf({ recipe, update }), picturesOf(digits[place]!)).recovered,
    )
  assert.deepEqual(recovered(unmaskedUpdates(updates)), [1, 1, 1, 1])
  assert.deepEqual(recovered(maskedUpdates(updates, 'masked')), [0, 0, 0, 0])
})

test('the sum that secure aggregation opens is the update of all records together: it needs records enough, or noise', async () => {
  const digits = [1, 2, 3, 4].map(seed => drawnDigits(1, seed))
  const captured = await Promise.all(digits.map(digit => captureUpdate(digit)))
  const update = captured[0]!.update.map((_, index) =>
    captured.reduce((sum, { update }) => sum + update[index]!, 0),
  )
  const candidates = candidatesOf({ recipe: captured[0]!.recipe, update })
  const { recovered } = likenessOfAll(candidates, digits.flatMap(picturesOf))
  assert.ok(recovered >= 2, `${recovered} of 4`)
})
