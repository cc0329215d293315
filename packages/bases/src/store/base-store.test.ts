import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { localFiles } from '@consort/storage'
import {
  bertFiles,
  fixture,
  folderOf,
  newFolder,
  safetensorsOf,
  tensorsFor,
  tinyBert,
} from '../testing/tiny-bases.ts'
import { type Added, addBase } from './add-base.ts'
import { openBaseStore } from './base-store.ts'
import { localSource } from './local-source.ts'
import { newPart, sweepParts, withStoreLock } from './store-folder.ts'

const store = (): string => join(newFolder(), 'bases')

async function add(
  path: string,
  from: string,
  options: Parameters<typeof localSource>[1] = {},
): Promise<Added> {
  return await addBase(path, await localSource(from, options))
}

/** What lies in a store beside its lock. */
const inside = (path: string): string[] => readdirSync(path).filter(name => name !== 'lock')

test('a base is added, listed, opened, read, verified and removed', async () => {
  const path = store()
  const { base, isNew } = await add(path, folderOf(bertFiles()), { name: 'tiny/bert' })
  assert.equal(isNew, true)
  assert.equal(base.parameters, 880)
  assert.deepEqual(base.licence, { name: 'apache-2.0', from: 'model card' })
  assert.deepEqual([base.family, base.notFinite], ['bert', []])
  assert.deepEqual(
    base.files.map(({ name }) => name),
    ['config.json', 'model.safetensors', 'tokenizer.json'],
  )
  const bases = openBaseStore(path)
  assert.deepEqual(await bases.list(), { bases: [base], unreadable: [] })
  for (const name of [base.name, base.sha256]) {
    const opened = await bases.open(name)
    assert.equal(opened.sha256, base.sha256)
    const [first] = opened.tensorNames()
    assert.equal(first, 'embeddings.word_embeddings.weight')
    assert.deepEqual([...(await opened.read(first!))].slice(0, 3), [0, 1 / 8, 2 / 8])
    const { path: file, offset, bytes } = opened.tensor(first!).place
    assert.equal(
      readFileSync(file)
        .subarray(offset, offset + bytes)
        .readFloatLE(4),
      1 / 8,
    )
    assert.throws(() => opened.tensor('lm_head.weight'), { code: 'not-found', hint: /output layer/ })
    await opened.close()
  }
  assert.deepEqual(await bases.verify(base.name), base)
  assert.deepEqual(await bases.remove(base.name), base)
  assert.deepEqual(inside(path), [])
  await assert.rejects(bases.open(base.name), { code: 'not-found' })
})

test('the digest is that of the files that decide, wherever they lie and whatever lies beside', async () => {
  const { 'README.md': _, ...plain } = bertFiles()
  const digests: string[] = []
  for (const files of [
    bertFiles(),
    { ...plain, LICENSE: '\n  Apache License\n', 'notes.txt': 'mine' },
    { ...bertFiles(), 'tokenizer_config.json': '{}' },
  ]) {
    const { base } = await add(store(), folderOf(files), { name: 'a' })
    digests.push(base.sha256)
  }
  assert.equal(digests[0], digests[1])
  assert.notEqual(digests[0], digests[2])
})

test('a GGUF file is a base, with the licence that it says, whatever it is called', async () => {
  const folder = newFolder()
  copyFileSync(fixture('tiny-llama.gguf'), join(folder, 'Some-Name.F16.gguf'))
  const path = store()
  const { base } = await add(path, join(folder, 'Some-Name.F16.gguf'))
  assert.deepEqual([base.name, base.family], ['Some-Name.F16', 'llama'])
  assert.deepEqual(base.licence, { name: 'apache-2.0', from: 'gguf' })
  const again = await add(path, folder, { name: 'Some-Name.F16' })
  assert.deepEqual(again, { base, isNew: false })
})

test('a licence that nobody says is asked for, and the operator’s word counts', async () => {
  const { 'README.md': _, ...silent } = bertFiles()
  const path = store()
  await assert.rejects(add(path, folderOf(silent), { name: 'a' }), {
    code: 'input-invalid',
    hint: /--licence/,
  })
  const other = folderOf({ ...silent, 'README.md': '---\nlicense: other\n---\n' })
  await assert.rejects(add(path, other, { name: 'a' }), { code: 'input-invalid', hint: /--licence/ })
  assert.deepEqual(inside(path), [])
  const { base } = await add(path, folderOf(bertFiles()), { name: 'a', licence: 'MIT\u0007' })
  assert.deepEqual(base.licence, { name: 'MIT', from: 'operator' })
})

test('a licence is read in the head of a model card alone, and before what a GGUF file says', async () => {
  const path = store()
  for (const card of [
    '---\nlanguage: en\n---\nlicense: mit\n',
    '---\nlanguage: en\nlicense: mit\nNo end\n',
  ]) {
    const silent = folderOf({ ...bertFiles(), 'README.md': card })
    await assert.rejects(add(path, silent, { name: 'a' }), { code: 'input-invalid', hint: /--licence/ })
  }
  const gguf = readFileSync(fixture('tiny-llama.gguf'))
  const both = folderOf({ 'model.gguf': gguf, 'README.md': '---\nlicense: "mit"\n---\n' })
  const { base } = await add(path, both, { name: 'a' })
  assert.deepEqual(base.licence, { name: 'mit', from: 'model card' })
})

test('a base that is open cannot be removed, by this process or another', async () => {
  const path = store()
  await add(path, folderOf(bertFiles()), { name: 'a' })
  const bases = openBaseStore(path)
  const inUse = { code: 'state-conflict', message: /a is in use/, hint: /consort agent close/ }
  const [first, second] = [await bases.open('a'), await bases.open('a')]
  await assert.rejects(bases.remove('a'), inUse)
  await first.close()
  await assert.rejects(bases.remove('a'), inUse)
  await second.close()

  const holder = fileURLToPath(new URL('../testing/hold-base.ts', import.meta.url))
  const child = spawn(process.execPath, ['--conditions=source', holder, path, 'a'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = once(child, 'close')
  await once(child.stdout, 'data')
  await assert.rejects(bases.remove('a'), inUse)
  child.kill('SIGKILL')
  await ended
  assert.equal((await bases.remove('a')).name, 'a')
})

test('names are told apart: one base has one name, one name one base', async () => {
  const path = store()
  await add(path, folderOf(bertFiles()), { name: 'mini' })
  const same = add(path, folderOf(bertFiles()), { name: 'other' })
  await assert.rejects(same, { code: 'already-exists', message: /as mini/ })
  const another = folderOf({ ...bertFiles(), 'tokenizer_config.json': '{}' })
  await assert.rejects(add(path, another, { name: 'mini' }), { code: 'name-taken', hint: /--name/ })
  assert.equal(inside(path).length, 1)
  for (const name of ['', '../a', 'a/b/c', '/a', 'a b', `a${'b'.repeat(96)}`])
    await assert.rejects(add(path, another, { name }), { code: 'input-invalid', hint: /--name/ })
  await assert.rejects(openBaseStore(path).find('minni'), { code: 'not-found', hint: /mean mini/ })
})

test('two who add the same base at once both have it', async () => {
  const path = store()
  const folder = folderOf(bertFiles())
  const both = await Promise.all([add(path, folder, { name: 'a' }), add(path, folder, { name: 'a' })])
  assert.deepEqual(both.map(({ isNew }) => isNew).sort(), [false, true])
  assert.equal(inside(path).length, 1)
})

test('a file that changes while it is added is refused, and leaves nothing', async () => {
  const path = store()
  const folder = folderOf(bertFiles())
  let changes = 0
  const adding = addBase(path, await localSource(folder, { name: 'a' }), {
    onBytes(name) {
      if (name === 'model.safetensors' && changes++ === 0) appendFileSync(join(folder, name), 'x')
    },
  })
  await assert.rejects(adding, { code: 'data-changed', message: /model\.safetensors changed/ })
  assert.ok(changes > 0)
  assert.deepEqual(inside(path), [])
})

test('a disk that is full is said so, and nothing of the base stays', async () => {
  const path = store()
  const source = await localSource(folderOf(bertFiles()), { name: 'a' })
  const full = async () => {
    throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' })
  }
  const files = {
    ...localFiles,
    create: async (file: string) => ({
      ...(await localFiles.create(file)),
      ...(file.includes('model.safetensors') && { write: full }),
    }),
  }
  await assert.rejects(addBase(path, source, { files }), { code: 'disk-full', hint: /Free some/ })
  assert.deepEqual(inside(path), [])
  assert.equal((await addBase(path, source)).isNew, true)
})

test('what was cut while it was added is swept by the next, and is no base meanwhile', async () => {
  const path = store()
  mkdirSync(join(path, 'dead.part'), { recursive: true })
  writeFileSync(join(path, 'dead.part', 'model.safetensors'), 'half')
  assert.deepEqual(await openBaseStore(path).list(), { bases: [], unreadable: [] })
  await add(path, folderOf(bertFiles()), { name: 'a' })
  assert.equal(readdirSync(path).includes('dead.part'), false)
})

test('what another is adding is not swept', async () => {
  const path = store()
  const { folder, lease } = await withStoreLock(path, () => newPart(path))
  await sweepParts(path)
  assert.deepEqual(readdirSync(folder), ['lock'])
  lease[Symbol.dispose]()
  await sweepParts(path)
  assert.deepEqual(inside(path), [])
})

test('a base whose files changed on the disk is found: a size when it is opened, a byte when it is verified', async () => {
  const path = store()
  const { base } = await add(path, folderOf(bertFiles()), { name: 'a' })
  const file = join(path, base.sha256.slice(7), 'model.safetensors')
  const whole = readFileSync(file)
  const bases = openBaseStore(path)
  const bent = Buffer.from(whole)
  bent[whole.length - 1]! ^= 1
  writeFileSync(file, bent)
  await (await bases.open('a')).close()
  const changed = {
    code: 'digest-mismatch',
    message: /model\.safetensors of a is not/,
    hint: /base remove a/,
  }
  await assert.rejects(bases.verify('a'), changed)
  const card = join(path, base.sha256.slice(7), 'README.md')
  writeFileSync(file, whole)
  appendFileSync(card, 'licence: none\n')
  await assert.rejects(bases.verify('a'), { ...changed, message: /README\.md of a is not/ })
  writeFileSync(file, whole.subarray(1))
  await assert.rejects(bases.open('a'), changed)
  writeFileSync(file, whole)
  await (await bases.open('a')).close()
  assert.equal((await bases.remove('a')).name, 'a', 'who was refused does not hold it')
})

test('who adds or removes does so alone, until it has ended', async () => {
  const path = store()
  const said: string[] = []
  let second: Promise<unknown> | undefined
  await withStoreLock(path, async () => {
    second = withStoreLock(path, async () => said.push('second'))
    await setTimeout(200)
    said.push('first')
  })
  await second
  assert.deepEqual(said, ['first', 'second'])
})

test('a folder under the digest of another base is not taken for it', async () => {
  const path = store()
  const { base } = await add(path, folderOf(bertFiles()), { name: 'a' })
  const other = 'f'.repeat(64)
  renameSync(join(path, base.sha256.slice(7)), join(path, other))
  assert.deepEqual(await openBaseStore(path).list(), { bases: [], unreadable: [other] })
})

test('a base whose record cannot be read is added again in its place', async () => {
  const path = store()
  const { base } = await add(path, folderOf(bertFiles()), { name: 'a' })
  writeFileSync(join(path, base.sha256.slice(7), 'base.json'), '{')
  const again = await add(path, folderOf(bertFiles()), { name: 'b' })
  assert.deepEqual([again.isNew, again.base.sha256], [true, base.sha256])
  assert.deepEqual((await openBaseStore(path).list()).unreadable, [])
})

test('links, devices and pickles are refused by name', async () => {
  const path = store()
  const { 'model.safetensors': weights, ...rest } = bertFiles()
  const elsewhere = folderOf({ secret: weights! })
  const linked = folderOf(rest)
  symlinkSync(join(elsewhere, 'secret'), join(linked, 'model.safetensors'))
  await assert.rejects(add(path, linked, { name: 'a' }), {
    ...{ code: 'weights-invalid', message: /model\.safetensors.*link to somewhere else/, hint: /cp -rL/ },
  })
  const foldered = folderOf(rest)
  mkdirSync(join(foldered, 'model.safetensors'))
  await assert.rejects(add(path, foldered, { name: 'a' }), {
    message: /model\.safetensors.*no ordinary file/,
  })
  const pickled = folderOf({ ...rest, 'pytorch_model.bin': 'x' })
  await assert.rejects(add(path, pickled, { name: 'a' }), {
    message: /pytorch_model\.bin: a pickle is a program/,
  })
  const two = folderOf({ 'a.gguf': 'x', 'b.gguf': 'x' })
  await assert.rejects(add(path, two, { name: 'a' }), { message: /2 GGUF files/ })
  await assert.rejects(add(path, join(elsewhere, 'secret'), { name: 'a' }), { code: 'input-invalid' })
  await assert.rejects(add(path, join(elsewhere, 'nothing'), { name: 'a' }), {
    code: 'not-found',
    hint: /hf:NAME/,
  })
})

test('a tensor with a number that is not finite is told', async () => {
  const [first, ...others] = tensorsFor(tinyBert)
  const spoilt = { ...first!, bytes: Buffer.alloc(12 * 8 * 4, 255) }
  const files = { ...bertFiles(), 'model.safetensors': safetensorsOf([spoilt, ...others]) }
  const { base } = await add(store(), folderOf(files), { name: 'a' })
  assert.deepEqual(base.notFinite, ['embeddings.word_embeddings.weight'])
})

test('a family that is not built here is refused before anything is copied', async () => {
  const path = store()
  const files = { ...bertFiles(), 'config.json': JSON.stringify({ ...tinyBert, model_type: 't5' }) }
  await assert.rejects(add(path, folderOf(files), { name: 'a' }), { message: /model_type is t5/ })
  assert.throws(() => readdirSync(path), { code: 'ENOENT' })
})
