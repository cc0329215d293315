import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { openBaseStore } from '@consort/bases'
import { openModelHub } from '@consort/bases/testing/model-hub'
import { bertFiles, fixture, newFolder } from '@consort/bases/testing/tiny-bases'
import { enrolmentFile } from '@consort/node'
import { consort } from './cli-process.ts'

const json = (text: string) => JSON.parse(text)

/** A directory as an enrolled node has it, as far as `consort base` looks. */
function nodeDirectory(): string {
  const root = newFolder()
  writeFileSync(join(root, enrolmentFile), '{}')
  return root
}

function bertFolder(root: string, name: string, files = bertFiles()): string {
  const folder = join(root, name)
  mkdirSync(folder)
  for (const [file, content] of Object.entries(files)) writeFileSync(join(folder, file), content)
  return folder
}

test('consort base add, list, show, verify and remove, without a node that runs', async () => {
  const data = nodeDirectory()
  const base = (...line: string[]) => consort('--data', data, 'base', ...line)
  assert.match((await base('list')).out, /None yet/)
  const added = await base('add', bertFolder(data, 'tiny-bert'))
  assert.deepEqual([added.code, added.err], [0, ''])
  assert.match(added.out, /Added tiny-bert\. It stays on this machine; what travels is the adapter\./)
  assert.match((await base('add', join(data, 'tiny-bert'), '--lang', 'zh')).out, /tiny-bert 已存在，没有变化/)
  const llama = await base('add', fixture('tiny-llama.gguf'), '--name', 'org/llama', '--json')
  assert.equal(json(llama.out).family, 'llama')

  const listed = json((await base('list', '--json')).out)
  assert.deepEqual(
    listed.map(({ name }: { name: string }) => name),
    ['org/llama', 'tiny-bert'],
  )
  assert.match((await base('list', '--lang', 'zh')).out, /模型族[\s\S]*tiny-bert\s+bert/)
  const shown = await base('show', 'tiny-bert')
  assert.match(shown.out, /licence: apache-2\.0 \(says: the model card\)[\s\S]*model\.safetensors/)
  assert.match((await base('verify', listed[0].sha256)).out, /Every byte of org\/llama/)
  const missing = await base('show', 'tiny-bret')
  assert.equal(missing.code, 3)
  assert.match(missing.err, /Did you mean tiny-bert\?/)

  const opened = await openBaseStore(join(data, 'bases')).open('tiny-bert')
  const used = await base('remove', 'tiny-bert')
  assert.deepEqual([used.code, /tiny-bert is in use/.test(used.err)], [3, true])
  await opened.close()
  assert.match((await base('remove', 'tiny-bert')).out, /Removed tiny-bert/)
  assert.equal(json((await base('list', '--json')).out).length, 1)
})

test('only hf:NAME asks another machine, and HF_HUB_OFFLINE forbids it', async t => {
  const data = nodeDirectory()
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const variables = { HF_ENDPOINT: hub.endpoint, HF_HUB_OFFLINE: '1' }
  Object.assign(process.env, variables)
  t.after(() => {
    for (const name of Object.keys(variables)) delete process.env[name]
  })
  const add = (...line: string[]) => consort('--data', data, 'base', 'add', ...line)
  const folder = await add('tiny/bert')
  assert.match(folder.err, /There is neither a folder nor a file tiny\/bert[\s\S]*hf:NAME/)
  assert.match((await add('hf:tiny/bert')).err, /HF_HUB_OFFLINE forbids/)
  assert.deepEqual(hub.heard, [])
  process.env.HF_HUB_OFFLINE = ''
  assert.match((await add('hf:tiny/bert', '--limit', '0.000001')).err, /--limit 1/)
  assert.match((await add('hf:tiny/bert', '--limit', 'many')).err, /--limit many is no number/)
  const fetched = await add('hf:tiny/bert')
  assert.match(fetched.err, /Asking 127\.0\.0\.1:\d+; what is fetched stays on this machine/)
  assert.match(fetched.out, /Added tiny\/bert/)
})

test('what cannot be a base is refused by name, in both languages', async () => {
  const data = nodeDirectory()
  const { 'model.safetensors': _, ...rest } = bertFiles()
  const pickled = bertFolder(data, 'pickled', { ...rest, 'pytorch_model.bin': 'x' })
  const refused = await consort('--data', data, '--lang', 'zh', 'base', 'add', pickled)
  assert.equal(refused.code, 3)
  assert.match(refused.err, /权重无法使用：The weights are in pytorch_model\.bin: a pickle is a program/)
  const hub = newFolder()
  writeFileSync(join(hub, 'operator.key'), '')
  const atHub = await consort('--data', hub, 'base', 'list')
  assert.match(atHub.err, /a hub has no base models/)
})
