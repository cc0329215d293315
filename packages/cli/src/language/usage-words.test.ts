import assert from 'node:assert/strict'
import test from 'node:test'
import { runProgram } from '../program.ts'

/** What one command line says on either stream. */
async function said(t: test.TestContext, ...line: string[]): Promise<string> {
  const parts: string[] = []
  const write = (part: unknown): boolean => {
    parts.push(String(part))
    return true
  }
  t.mock.method(process.stdout, 'write', write)
  t.mock.method(process.stderr, 'write', write)
  try {
    await runProgram(line, {}, new AbortController().signal)
  } finally {
    t.mock.restoreAll()
  }
  return parts.join('')
}

const mistakes: [line: string[], expected: RegExp][] = [
  [['bogus'], /错误：没有命令“bogus”/],
  [['run', 'start'], /错误：缺少参数“recipe”/],
  [['run', 'start', 'x', '--nosuch'], /错误：没有选项“--nosuch”/],
  [['dataset', 'export', 'x'], /错误：必须给出选项“--recipient <name>”/],
  [
    ['hub', 'invite', 'x', '--role', 'king'],
    /选项“--role <role>”的取值“king”无效。可选值：partner, evaluator。/,
  ],
  [['roster', 'show', 'x'], /错误：参数过多/],
  [['hub', 'invite', '--help'], /用法：.*\[选项\]|（可选值："partner", "evaluator"；默认值："partner"）/],
]

for (const [line, expected] of mistakes)
  test(`\`consort ${line.join(' ')}\` is answered in 中文`, async t => {
    const text = await said(t, ...line, '--lang', 'zh')
    assert.match(text, expected)
    assert.doesNotMatch(text, /error:|\[options\]|\[command\]|\(choices|\(default/)
  })

for (const tag of ['zh', 'zh-CN', 'zh_CN', 'zh-Hans'])
  test(`--lang ${tag} is 中文`, async t => {
    assert.match(await said(t, '--help', '--lang', tag), /用法：/)
    assert.match(await said(t, 'bogus', '--lang', tag), /没有命令“bogus”/)
  })

test('a language that is not spoken here is refused', async t => {
  assert.match(await said(t, 'recipe', 'list', '--lang', 'fr'), /en.*zh/)
})
