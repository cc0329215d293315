import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'node:test'
import { consort, type RunningCommand, startConsort } from './cli-process.ts'
import { tableRecipe, writeTable } from './table-data.ts'

const json = (text: string) => JSON.parse(text)

test('the whole way at the command line: hub, partners, data, run, model, audit', async () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-cli-'))
  const at = (name: string): string => join(root, name)
  await using stack = new AsyncDisposableStack()
  stack.defer(() => rmSync(root, { recursive: true, force: true }))

  const early = await consort('--data', at('hub'), 'run', 'list')
  assert.equal(early.code, 3)
  assert.match(early.err, /Not found: There is neither a hub nor an enrolled node[\s\S]*What to do: /)

  const hub = stack.use(
    await startConsort(
      'hub',
      'start',
      '--data',
      at('hub'),
      '--listen',
      '127.0.0.1:0',
      '--consortium',
      'clinics',
    ),
  )
  assert.match(hub.started.url!, /^http:\/\/127\.0\.0\.1:\d+$/)

  const nodes: RunningCommand[] = []
  for (const name of ['north', 'south']) {
    const { invite } = json((await consort('--data', at('hub'), 'hub', 'invite', name, '--json')).out)
    const enrolled = await consort('--data', at(name), 'partner', 'enrol', invite)
    assert.equal(enrolled.code, 0, enrolled.err)
    assert.match(enrolled.out, new RegExp(`This node is now ${name} in clinics[\\s\\S]*(\\d{5} ){5}\\d{5}`))
    assert.equal((await consort('--data', at(name), 'partner', 'enrol', invite)).code, 0, 'repeating is safe')
    const other = await consort('--data', at(`${name}-thief`), 'partner', 'enrol', invite)
    assert.deepEqual([other.code, /has been taken up/.test(other.err)], [3, true])
    const idle = await consort('--data', at(name), 'partner', 'status')
    assert.deepEqual([idle.code, /not running/.test(idle.out), /starting/.test(idle.out)], [4, true, false])
    assert.ok(idle.err.includes(`consort --data ${at(name)} partner start`), idle.err)
    nodes.push(stack.use(await startConsort('--data', at(name), 'partner', 'start')))
    const running = await consort('--data', at(name), 'partner', 'status')
    assert.deepEqual([running.code, /not running/.test(running.out)], [0, false])
    writeTable(at(`${name}.csv`), { rows: 120, seed: name.length })
    const added = await consort(
      '--data',
      at(name),
      'dataset',
      'add',
      'plane',
      '--csv',
      at(`${name}.csv`),
      '--label',
      'state',
      '--validation',
      '0.2',
      '--json',
    )
    assert.equal(added.code, 0, added.err)
    assert.equal(json(added.out).published, true)
  }

  const shown = await consort('--data', at('north'), '--lang', 'zh', 'roster', 'show')
  assert.match(shown.out, /名册 1 待签署；尚缺签名：north、south/)
  const unconfirmed = await consort('--data', at('north'), 'roster', 'sign')
  assert.equal(unconfirmed.code, 3)
  assert.match(unconfirmed.err, /Nothing was signed[\s\S]*--yes/)
  for (const name of ['north', 'south'])
    assert.equal((await consort('--data', at(name), 'roster', 'sign', '--yes')).code, 0)
  assert.match((await consort('--data', at('hub'), 'roster', 'show')).out, /Roster 1 is in force/)

  writeFileSync(at('recipe.json'), JSON.stringify(tableRecipe))
  assert.match(
    (await consort('recipe', 'check', at('recipe.json'))).out,
    /plane is valid: a model of 42 parameters/,
  )
  const started = await consort('--data', at('hub'), 'run', 'start', at('recipe.json'), '--json')
  assert.equal(started.code, 0, started.err)
  const view = json(started.out)
  assert.deepEqual([view.phase, view.history.length], ['done', 3])
  assert.match(started.err, /round 3\/3 .* north \d+\.\d %/)
  const listed = await consort('--data', at('south'), 'run', 'list')
  assert.match(listed.out, new RegExp(`${view.id} +plane +done +3/3 +all rounds are done`))
  const shownRun = await consort('--data', at('south'), 'run', 'show', view.id)
  assert.match(shownRun.out, /θ \d\.\d\d {2}P \d+\.\d %/)
  assert.match(shownRun.out, /round +name +records .* outcome +weight +loss +accuracy\n/)
  assert.match(shownRun.out, /3 +north +validation +0\.\d{4} +\d+\.\d %/)

  const exported = await consort(
    '--data',
    at('north'),
    'model',
    'export',
    view.result,
    '-o',
    at('model.onnx'),
  )
  assert.equal(exported.code, 0, exported.err)
  const ill = json((await consort('model', 'predict', at('model.onnx'), '{"x": 3, "y": -2}', '--json')).out)
  const well = json(
    (await consort('--data', at('hub'), 'model', 'predict', view.result, '{"x": -3, "y": 2}', '--json')).out,
  )
  assert.deepEqual([ill.class, well.class], ['ill', 'well'])
  assert.match((await consort('model', 'predict', at('model.onnx'), '{"x": 3, "y": -2}')).out, /ill +█+/)
  const missing = await consort('model', 'predict', at('model.onnx'), '{"x": 3}')
  assert.deepEqual([missing.code, /y/.test(missing.err)], [3, true])

  const doctor = await consort('--data', at('north'), 'doctor', '--json')
  assert.equal(doctor.code, 0, doctor.out)
  assert.ok(json(doctor.out).healthy)
  assert.match(doctor.out, /"check":"roster","good":true,"detail":"version 1, members: 2"/)

  const cancelled = json(
    (await consort('--data', at('hub'), 'run', 'start', at('recipe.json'), '--detach', '--json')).out,
  )
  assert.equal((await consort('--data', at('hub'), 'run', 'cancel', cancelled.id)).code, 0)
  const watched = await consort('--data', at('hub'), 'run', 'watch', cancelled.id)
  assert.ok(watched.code === 5 || watched.code === 0, 'cancelled, or too late to cancel')

  for (const name of ['hub', 'north']) {
    assert.match((await consort('--data', at(name), 'audit', 'verify')).out, /The log holds: \d+ entries/)
    const { tables, folders } = json((await consort('--data', at(name), 'storage', '--json')).out)
    const events = tables.find((table: { name: string }) => table.name === 'event')
    assert.ok(events.rows > 0 && events.bytes > 0, 'read beside the process that runs')
    const found = folders.map((folder: { name: string }) => folder.name)
    assert.deepEqual([found.includes('blobs'), found.includes('bases')], [true, name === 'north'])
    assert.match((await consort('--data', at(name), 'storage')).out, /^event +\d+ .*CONSORT_KEEP_LOG$/m)
  }
  assert.equal((await consort('--data', at('hub'), 'audit', 'export', at('log'))).code, 0)
  const log = readFileSync(at('log'), 'utf8')
  assert.equal((await consort('audit', 'verify', at('log'))).code, 0)
  const lines = log.split('\n')
  const tampered: Record<string, string> = {
    changed: log.replace('"role":"partner"', '"role":"evaluator"'),
    dropped: lines.toSpliced(4, 1).join('\n'),
    reordered: lines.with(4, lines[5]!).with(5, lines[4]!).join('\n'),
    cut: lines.toSpliced(-4, 2).join('\n'),
  }
  for (const [what, text] of Object.entries(tampered)) {
    writeFileSync(at('tampered'), text)
    const verified = await consort('audit', 'verify', at('tampered'))
    assert.deepEqual([verified.code, /The event log was altered/.test(verified.err)], [6, true], what)
  }

  await hub[Symbol.asyncDispose]()
  const away = await consort('--data', at('north'), '--lang', 'zh', 'run', 'list')
  assert.equal(away.code, 4)
  assert.match(away.err, /无法连接对方：[\s\S]*处理建议：/)
  const sick = await consort('--data', at('north'), 'doctor')
  assert.deepEqual([sick.code, /✗ {2}hub/.test(sick.out)], [6, true])
})

test('a wrong command line is told apart from a refused one', async () => {
  assert.equal((await consort('run', 'strat')).code, 2)
  assert.equal((await consort('dataset', 'add')).code, 2)
  assert.equal((await consort('--version')).code, 0)
  const help = await consort('--lang', 'zh', 'run', '--help')
  assert.match(help.out, /用法：[\s\S]*启动训练任务/)
  const bad = await consort('recipe', 'check', 'package.json', '--json')
  assert.equal(bad.code, 3)
  assert.equal(json(bad.err).code, 'recipe-invalid')
  assert.ok(json(bad.err).hint)
})

test('help of a command that there is not says so, beside the commands that there are', async () => {
  for (const line of [
    ['help', 'serve'],
    ['hub', 'help', 'serve'],
  ]) {
    const { code, err } = await consort(...line)
    assert.equal(code, 2)
    assert.match(err, /invite|doctor/)
    assert.match(err, /no command serve/)
  }
  const { code, err } = await consort('help', 'hub')
  assert.deepEqual([code, err], [0, ''])
})

test('a second process does not get the directory of the first', async () => {
  const root = mkdtempSync(join(tmpdir(), 'consort-cli-'))
  await using _hub = await startConsort('hub', 'start', '--data', root, '--listen', '127.0.0.1:0')
  const second = await consort('hub', 'start', '--data', root, '--listen', '127.0.0.1:0')
  assert.equal(second.code, 3)
  assert.match(second.err, /Another process uses/)
})
