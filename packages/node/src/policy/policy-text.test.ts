import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { Refusal } from '@consort/protocol'
import { openPolicy } from './policy.ts'
import { policyPlaceOf } from './policy-text.ts'

/** A data directory and what stands in it; every name that ends in `/` is a folder. */
function openData(files: Readonly<Record<string, string>> = {}) {
  const path = mkdtempSync(join(tmpdir(), 'consort-policy-'))
  for (const [name, text] of Object.entries(files))
    if (name.endsWith('/')) mkdirSync(join(path, name))
    else writeFileSync(join(path, name), text)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) }
}

const read = (dataPath: string, policyFile?: string) =>
  openPolicy(policyPlaceOf({ dataPath, policyFile })).read()

function refused(message: RegExp, hint: RegExp) {
  return (error: unknown) =>
    error instanceof Refusal &&
    error.code === 'policy-refused' &&
    message.test(error.message) &&
    hint.test(error.hint ?? '')
}

const forbidding = 'recipes: []\n'

test('a policy is read by its default name, or by the name in the settings', () => {
  using data = openData({ 'policy.yaml': forbidding, 'other.yaml': 'epochsMax: 3\n' })
  assert.deepEqual(read(data.path).recipes, [])
  assert.equal(read(data.path, join(data.path, 'other.yaml')).epochsMax, 3)
})

test('without a file of the default name there is no policy', () => {
  using empty = openData()
  assert.equal(read(empty.path).recipes, undefined)
  using data = openData({ 'policy.yaml.bak': forbidding, 'policy.md': 'why', 'node.json': '{}' })
  assert.equal(read(data.path).recipes, undefined)
})

for (const name of ['policy.yml', 'Policy.yaml', 'policy.json', 'policy.yaml.txt'])
  test(`${name} is said to be misspelt, and allows nothing`, () => {
    using data = openData({ [name]: forbidding })
    assert.throws(() => read(data.path), refused(RegExp(`${name} is not read: .*policy\\.yaml`), /Rename it/))
    writeFileSync(join(data.path, 'policy.yaml'), forbidding)
    assert.deepEqual(read(data.path).recipes, [], 'beside the right one it is nobody’s business')
  })

const named: Record<string, { files: Record<string, string>; file: string; says: RegExp }> = {
  absent: { files: {}, file: 'none.yaml', says: /^CONSORT_POLICY_FILE: .*none\.yaml does not exist$/ },
  'in a folder that is absent': { files: {}, file: 'no/policy.yaml', says: /does not exist$/ },
  'a folder': { files: { 'folder/': '' }, file: 'folder', says: /cannot be read \(EISDIR\)$/ },
  'below a file': { files: { file: '' }, file: 'file/policy.yaml', says: /cannot be read \(ENOTDIR\)$/ },
}
for (const [what, { files, file, says }] of Object.entries(named))
  test(`a named file that is ${what} allows nothing`, () => {
    using data = openData({ ...files, 'policy.yaml': 'epochsMax: 3\n' })
    assert.throws(() => read(data.path, join(data.path, file)), refused(says, /correct the setting/))
  })

for (const text of ['', ' \n\n', '~', '# recipes: []\n', '---\n', 'null'])
  test(`a named file that holds ${JSON.stringify(text)} allows nothing, one of the default name all`, () => {
    using data = openData({ 'policy.yaml': text, 'other.yaml': text, 'all.yaml': '{}\n' })
    const other = join(data.path, 'other.yaml')
    const says = /^CONSORT_POLICY_FILE: .*other\.yaml holds no rules$/
    assert.throws(() => read(data.path, other), refused(says, /Write `\{\}`/))
    assert.equal(read(data.path).recipes, undefined)
    assert.equal(read(data.path, join(data.path, 'all.yaml')).recipes, undefined)
  })

test('a pipe or a device allows nothing, and nobody waits for it', { timeout: 20_000 }, () => {
  using data = openData()
  const pipe = join(data.path, 'policy.yaml')
  execFileSync('mkfifo', [pipe])
  assert.throws(() => read(data.path), refused(/policy\.yaml is no ordinary file/, /move it away/))
  for (const path of [pipe, '/dev/null', '/dev/zero'])
    assert.throws(
      () => read(data.path, path),
      refused(/^CONSORT_POLICY_FILE: .* is no ordinary file$/, /correct the setting/),
    )
})

test('a setting without a name allows nothing', () => {
  using data = openData()
  assert.throws(() => read(data.path, ' '), refused(/CONSORT_POLICY_FILE is set, but empty/, /unset it/))
})

test('a link to nothing, a link in a circle and a folder allow nothing, by the default name too', () => {
  using data = openData({ 'circle/': '', 'folder/': '', 'folder/policy.yaml/': '' })
  symlinkSync(join(data.path, 'nowhere'), join(data.path, 'policy.yaml'))
  symlinkSync('policy.yaml', join(data.path, 'circle', 'policy.yaml'))
  assert.throws(() => read(data.path), refused(/link to a file that is not there/, /move it away/))
  assert.throws(() => read(join(data.path, 'circle')), refused(/cannot be read \(ELOOP\)/, /move it away/))
  assert.throws(() => read(join(data.path, 'folder')), refused(/cannot be read \(EISDIR\)/, /move it away/))
})

/** Root may enter everything, so that it becomes somebody else for a moment. */
function asNobody(work: () => void): void {
  const isRoot = process.geteuid!() === 0
  if (isRoot) process.seteuid!(65_534)
  try {
    work()
  } finally {
    if (isRoot) process.seteuid!(0)
  }
}

test('a file that may not be read, and a folder that may not be entered, allow nothing', () => {
  using data = openData({ 'closed/': '', 'closed/policy.yaml': forbidding, 'policy.yaml': forbidding })
  chmodSync(data.path, 0o755)
  chmodSync(join(data.path, 'closed'), 0)
  chmodSync(join(data.path, 'policy.yaml'), 0)
  const file = join(data.path, 'closed', 'policy.yaml')
  asNobody(() => {
    assert.throws(() => read(data.path), refused(/cannot be read \(EACCES\)/, /user read it/))
    assert.throws(() => read(data.path, file), refused(/cannot be read \(EACCES\)/, /CONSORT|setting/))
    assert.throws(() => read(join(data.path, 'closed')), refused(/cannot be read \(EACCES\)/, /user read it/))
  })
  chmodSync(join(data.path, 'closed'), 0o700)
})
