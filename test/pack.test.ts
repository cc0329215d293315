import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import test from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)
/** What the person who installs from tarballs has: a recent Node first in PATH, and npm. */
const environment = { ...process.env, PATH: `${dirname(process.execPath)}:${process.env.PATH}` }

test('the packages install from their tarballs in an empty folder and run there', async () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-pack-'))
  const tarballs = join(root, 'tarballs')
  const elsewhere = join(root, 'elsewhere')
  try {
    mkdirSync(tarballs)
    mkdirSync(elsewhere)
    await run('npm', ['run', 'build'], { env: environment })
    await run('npm', ['pack', '--workspaces', '--pack-destination', tarballs], { env: environment })
    const files = readdirSync(tarballs).map(name => join(tarballs, name))
    assert.equal(files.length, globSync('packages/*/package.json').length)

    writeFileSync(join(elsewhere, 'package.json'), '{ "name": "elsewhere", "private": true }\n')
    const npm = ['install', '--ignore-scripts', '--no-audit', '--no-fund', ...files]
    await run('npm', npm, { cwd: elsewhere, env: environment })
    assert.deepEqual(globSync('node_modules/@consort/*/src', { cwd: elsewhere }), [], 'sources stay at home')

    const consort = async (...line: string[]): Promise<string> =>
      (
        await run(join(elsewhere, 'node_modules', '.bin', 'consort'), line, {
          cwd: elsewhere,
          env: environment,
        })
      ).stdout
    assert.match(await consort('--version'), /^\d+\.\d+\.\d+\n$/)
    writeFileSync(join(elsewhere, 'recipe.yaml'), await consort('recipe', 'show', 'mnist-cnn'))
    assert.match(await consort('recipe', 'check', 'recipe.yaml'), /108618 parameters/)
    const program = `
      import { openTrainer } from '@consort/train/engine'
      import { initialWeights } from '@consort/train'
      import { parseRecipe } from '@consort/protocol'
      import { encodeCase } from '@consort/data'
      const recipe = parseRecipe({ recipe: 1, name: 'x', dataset: 'x', task: { kind: 'regression' },
        input: { kind: 'table', features: [{ name: 'x', kind: 'number' }] }, model: { kind: 'logistic' } })
      const examples = { count: 2, inputShape: [1], inputs: Float32Array.of(1, 2), labels: Float32Array.of(1, 2) }
      const trainer = await openTrainer(recipe, examples)
      const { steps } = await trainer.train({ weights: initialWeights(trainer.plan, 1), epochs: 3, seed: 1, progress: [0, 1], proximal: 0 })
      console.log(steps)
      await trainer.close()
      console.log(...(await encodeCase({ kind: 'row', cells: { x: 5 } }, recipe)))
    `
    const trained = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: elsewhere,
      env: environment,
    })
    assert.equal(trained.stdout, '3\n5\n', 'it trains, and loads what a kind of records does in Node')
  } finally {
    rmSync(root, { recursive: true, force: true })
  }
})
