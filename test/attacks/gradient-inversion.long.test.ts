import assert from 'node:assert/strict'
import test from 'node:test'
import {
  brightnessOf,
  candidatesOf,
  captureUpdate,
  mostLike,
  picturesOf,
  type Reconstruction,
  reconstruct,
} from '@consort/attacks'
import { epsilonOf, subsampledGaussianLoss } from '@consort/privacy'
import { mnistDigits } from './mnist-digits.ts'

/** The tables of docs/threat-model.md, on handwritten digits. Some two minutes. */
const repeats = 10
const brightness = brightnessOf(mnistDigits(5000, 500))

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length

test('records recovered from one update, and mean PSNR in dB, by how many are in it and how it is sent', async t => {
  for (const records of [1, 8, 64]) {
    const found: Reconstruction[][] = []
    for (let repeat = 0; repeat < repeats; repeat++)
      found.push(await reconstruct(mnistDigits(100 * repeat, records), { records, brightness }))
    const cells = ['plain', 'imprinted', 'private'].map((sent, place) => {
      const of = found.map(ways => ways[place]!)
      assert.ok(of.every(way => way.sent === sent))
      if (sent === 'private') assert.ok(of.every(way => way.recovered === 0))
      return `${mean(of.map(way => way.recovered)).toFixed(1)} / ${mean(of.map(way => way.psnr)).toFixed(0)}`
    })
    t.diagnostic(`| ${records} | ${cells.join(' | ')} |`)
  }
})

test('one record in an update with noise: ε of the step, PSNR in dB and correlation, by σ', async t => {
  for (const noiseMultiplier of [1e-6, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1]) {
    const [psnr, correlation]: [number[], number[]] = [[], []]
    for (let repeat = 0; repeat < repeats; repeat++) {
      const digit = mnistDigits(100 * repeat, 1)
      const captured = await captureUpdate(digit, {
        privacy: { differentialPrivacy: { clip: 1, noiseMultiplier } },
      })
      const best = mostLike(candidatesOf(captured), picturesOf(digit)[0]!)!
      psnr.push(best.psnr)
      correlation.push(best.correlation)
    }
    const loss = subsampledGaussianLoss({ multiplier: noiseMultiplier, probability: 1 })
    const epsilon = noiseMultiplier < 0.01 ? Infinity : epsilonOf(loss, { delta: 1e-5 }).epsilon
    t.diagnostic(
      `| ${noiseMultiplier} | ${epsilon.toPrecision(3)} | ${mean(psnr).toFixed(1)} | ${mean(correlation).toFixed(2)} |`,
    )
    if (noiseMultiplier >= 0.1) assert.ok(mean(correlation) < 0.2, `σ = ${noiseMultiplier}`)
  }
})
