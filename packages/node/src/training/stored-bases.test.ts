import assert from 'node:assert/strict'
import test from 'node:test'
import { addBase, localSource, openBaseStore } from '@consort/bases'
import { bertFiles, folderOf, newFolder } from '@consort/bases/testing/tiny-bases'
import { storedBases } from './stored-bases.ts'

test('a base of the store is held while it is open; an absent one and another are refused by name', async () => {
  const store = openBaseStore(newFolder())
  const source = await localSource(folderOf(bertFiles()), { name: 'tiny' })
  const { base } = await addBase(store.path, source)
  const opened = await store.open('tiny')
  const { sha256, config } = opened
  await opened.close()
  const open = storedBases(store)
  const wanted = { name: 'tiny', sha256, config }
  const held = await open({ ...wanted, name: 'as others call it' })
  assert.equal(held.tensor('embeddings.LayerNorm.bias').dtype, 'F32')
  await assert.rejects(store.remove('tiny'), { code: 'state-conflict' })
  await held.close()

  const other = `sha256:${'4'.repeat(64)}` as const
  const refused = (name: string, message: RegExp) =>
    assert.rejects(open({ ...wanted, name, sha256: other }), {
      code: 'weights-invalid',
      message,
      hint: /`consort base add FOLDER`/,
    })
  await refused('tiny', new RegExp(`tiny on this node is ${base.sha256}, and the recipe asks for ${other}`))
  await refused('large', new RegExp(`The base model large \\(${other}\\) is not on this node`))
  await assert.rejects(open({ ...wanted, config: { ...config, positions: 9 } }), {
    code: 'weights-invalid',
    path: 'model.base.config',
    hint: /"positions":10,/,
  })
  await store.remove('tiny')
})
