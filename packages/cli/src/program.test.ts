import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import test from 'node:test'
import type { Command, Option } from 'commander'
import { chinese } from './language/chinese.ts'
import { english } from './language/english.ts'
import { createProgram } from './program.ts'

const document = readFileSync(new URL('../../../docs/cli.md', import.meta.url), 'utf8')
const program = createProgram(english, () => async () => {})

interface Named {
  readonly name: string
  readonly command: Command
}

/** Every command that does something, by its whole name. */
function commandsIn(parent: Command, path = ''): Named[] {
  return parent.commands.flatMap(command => {
    const name = `${path}${command.name()}`
    const below = commandsIn(command, `${name} `)
    return below.length === 0 || name === 'doctor' ? [{ name, command }, ...below] : below
  })
}

const commands = commandsIn(program)

/** The lines of the document's tables that name a command in their first column. */
function linesOf(name: string): string[] {
  const pattern = new RegExp(`\`${name}(?=[\` ])`)
  return document.split('\n').filter(line => line.startsWith('| `') && pattern.test(line.split(' | ')[0]!))
}

function visible(command: Command): Option[] {
  return command.options.filter(({ hidden }) => !hidden)
}

/** All names of options in a text. */
function flagsIn(text: string): string[] {
  return text.match(/(?<![\w-])--[a-z][a-z-]*/g) ?? []
}

test('docs/cli.md names every command', () => {
  assert.ok(commands.length > 50, 'the commands are found')
  const missing = commands.filter(({ name }) => linesOf(name).length === 0).map(({ name }) => name)
  assert.deepEqual(missing, [])
})

test('docs/cli.md names every option with its command', () => {
  const missing = commands.flatMap(({ name, command }) => {
    const named = new Set(linesOf(name).flatMap(flagsIn))
    return visible(command)
      .filter(({ long }) => !named.has(long!))
      .map(({ long }) => `${name} ${long}`)
  })
  assert.deepEqual(missing, [])
  const named = flagsIn(document)
  const general = visible(program).filter(({ long }) => !named.includes(long!))
  assert.deepEqual(
    general.map(({ long }) => long),
    [],
  )
})

test('docs/cli.md names no option that is not there', () => {
  const general = visible(program).map(({ long }) => long)
  const there = new Set([
    ...commands.flatMap(({ command }) => command.options.map(({ long }) => long)),
    ...general,
  ])
  const gone = flagsIn(document).filter(flag => !there.has(flag) && flag !== '--help')
  assert.deepEqual(gone, [])
})

test('every command and option has words in both languages', () => {
  for (const say of [english, chinese]) {
    const spoken = createProgram(say, () => async () => {})
    const silent = commandsIn(spoken).flatMap(({ name, command }) => [
      ...(command.description() === '' ? [name] : []),
      ...visible(command)
        .filter(({ description }) => description === '')
        .map(({ long }) => `${name} ${long}`),
    ])
    assert.deepEqual(silent, [])
  }
})

test('the share of spot checks is still taken under its older name, which the help hides', async () => {
  const put = commands.find(({ name }) => name === 'agent put')!.command
  assert.deepEqual(
    put.options.filter(({ hidden }) => hidden).map(({ long }) => long),
    ['--audit'],
  )
  const taken: unknown[] = []
  const spoken = createProgram(
    english,
    () =>
      async (...values: unknown[]) =>
        void taken.push(values[1]),
  )
  const line = ['agent', 'put', 'triage', '--model', 'm', '--dataset', 'd', '--audit', '0.3']
  await spoken.parseAsync(line, { from: 'user' })
  assert.deepEqual(taken, [{ model: 'm', dataset: 'd', watch: true, audit: '0.3' }])
})
