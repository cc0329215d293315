import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import test from 'node:test'
import { chineseTextsIn } from './chinese-texts.ts'

interface Placed {
  readonly place: string
  readonly text: string
}

/** Words that the glossary replaced, and what stands for them; a word that one of the latter holds is taken out first. */
const replaced: readonly (readonly [word: RegExp, instead: string])[] = [
  [/代理(?!服务器)/, '智能体'],
  [/合作体|联合体/, '联盟'],
  [/操作员/, '管理员'],
  [/摘要/, '哈希值'],
  [/下一版/, '新版'],
  [/作答/, '回答'],
  [/答案/, '回答'],
  [/提问方/, '调用方'],
  [/评审/, '人工判断、专家工作台'],
  [/(?<!挑战者)挑战版本/, '挑战者版本'],
  [/逆倾向加权/, '逆倾向得分加权'],
  [/未见建议/, '盲评'],
  [/暴露/, '泄露'],
  [/隐私单位/, '隐私单元'],
  [/密钥预算/, '额度'],
  [/关口|门控/, '闸门'],
  [/图像(?!分类)/, '图片'],
  [/(?<!迭代)周期/, '迭代周期'],
  [/离散程度/, '标准差'],
  [/(?<!协调)中心(?!服务器)/, '协调中心'],
  [/模式/, '字段规范'],
  [/停用/, '吊销'],
  [/零头/, '尾差'],
  [/须付出|尚可收取/, '应付、应收'],
  [/基础模型/, '基座模型'],
  [/数据旁/, '部署在数据侧'],
  [/发生之事|对其不作任何说明|写出去标识化|以下一版/, '（见文风）'],
]

const han = '\\p{Script=Han}'
const styles: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['half-width punctuation', new RegExp(`${han} ?[,;:!?()]|[,;!?(] ?${han}|${han}\\.(?:\\s|$)`, 'u')],
  ['no blank between Han and Latin', new RegExp(`${han}[A-Za-z0-9]|[A-Za-z0-9]${han}`, 'u')],
  ['a blank beside full-width punctuation', / [，。；：（）、“”]|[，。；：（）、“”] /],
]

/** What is wrong with a text, by name. Commands and code in it are no text. */
function faultsOf(text: string): string[] {
  const words = text.replace(/`[^`]*`/g, '〈〉')
  return [
    ...replaced.filter(([word]) => word.test(words)).map(([word, instead]) => `${word.source} → ${instead}`),
    ...styles.filter(([, pattern]) => pattern.test(words)).map(([name]) => name),
  ]
}

/** Signed in these words: they stay. */
const signed = /wording\/first\//
/** Not written for readers of 中文: patterns of what is looked for, and texts of tests. */
const patterns = /privacy\/src\/deidentification|\.test\.ts$|\/testing\/|\/dist\//
const sources = globSync('{packages/*/src,examples}/**/*.{ts,tsx}').filter(
  path => !signed.test(path) && !patterns.test(path),
)

function reported(texts: readonly Placed[]): string[] {
  return texts.flatMap(({ place, text }) =>
    faultsOf(text).map(fault => `${place}: ${fault}: ${text.slice(0, 60)}`),
  )
}

test('a text against the glossary or the style is found', () => {
  const wrong = ['代理的回答', '错误:无', '共3 个', '好 。', '新的图像', '隐私单位', '周期', '协调中心与中心']
  for (const text of wrong) assert.notDeepEqual(faultsOf(text), [], text)
  const right = ['智能体（共 3 个）', '图像分类', '各 {} 个迭代周期', '运行 `a:b` 之后', '协调中心', '{}：{}']
  for (const text of right) assert.deepEqual(faultsOf(text), [], text)
})

test('texts are told from comments, and templates hold what is put into them', () => {
  const source = "// 注释\n/* 注释 */ const a = ['甲', `乙 \u0024{b('丙', { c: 1 })} 丁`, 'x']"
  const texts = chineseTextsIn(source).map(({ text }) => text)
  assert.deepEqual(texts, ['甲', '丙', '乙 {} 丁'])
  const behind = "const b = [[/'([^']*)' `/g, '戊'], ['己']]"
  assert.deepEqual(
    chineseTextsIn(behind).map(({ text }) => text),
    ['戊', '己'],
    'quotes in a regular expression are none',
  )
})

test('every text in 中文 keeps to the glossary and the style', () => {
  const texts = sources.flatMap(path =>
    chineseTextsIn(readFileSync(path, 'utf8')).map(({ line, text }) => ({ place: `${path}:${line}`, text })),
  )
  assert.ok(texts.length > 500, `${texts.length} texts are found`)
  assert.deepEqual(reported(texts), [])
})

test('the first page keeps to the style, and the terms of the pilot to both', () => {
  const linesOf = (path: string): Placed[] =>
    readFileSync(path, 'utf8')
      .split('\n')
      .map((text, index) => ({ place: `${path}:${index + 1}`, text }))
  const page = linesOf('README.zh-CN.md').flatMap(({ place, text }) => {
    const cells = text.replace(/`[^`]*`|\]\([^)]*\)/g, '〈〉').split('|')
    const faults = styles.filter(([, pattern]) => cells.some(cell => pattern.test(cell.trim())))
    return faults.map(([name]) => `${place}: ${name}: ${text}`)
  })
  assert.deepEqual(page, [])
  const terms = linesOf('examples/pilot/heart/terms.yaml').flatMap(({ place, text }) =>
    [...text.matchAll(/zh: ([^},]+)/g)].map(match => ({ place, text: match[1]!.trim() })),
  )
  assert.ok(terms.length > 20)
  assert.deepEqual(reported(terms), [])
})
