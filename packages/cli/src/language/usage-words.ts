import type { Language } from './language.ts'

/** What the parser of command lines says in English, in 中文; what is not listed stays as it is. */
const chinese: readonly (readonly [RegExp, string])[] = [
  [/^error: /gm, '错误：'],
  [/unknown command '([^']*)'/g, '没有命令“$1”'],
  [/unknown option '([^']*)'/g, '没有选项“$1”'],
  [/missing required argument '([^']*)'/g, '缺少参数“$1”'],
  [/required option '([^']*)' not specified/g, '必须给出选项“$1”'],
  [/option '([^']*)' argument missing/g, '选项“$1”缺少取值'],
  [/option '([^']*)' argument '([^']*)' is invalid\. ?/g, '选项“$1”的取值“$2”无效。'],
  [/Allowed choices are ([^\n]*)\./g, '可选值：$1。'],
  [
    /too many arguments(?: for '([^']*)')?\. Expected (\d+) arguments? but got (\d+)(: [^\n]*)?\./g,
    '参数过多：应有 $2 个，实有 $3 个。',
  ],
  [/\(Did you mean (one of )?([^\n?]*)\?\)/g, '（是否想输入 $2？）'],
  [/ ?\(choices: ([^)]*?)(?:, default: ([^)]*))?\)/g, '（可选值：$1；默认值：$2）'],
  [/；默认值：）/g, '）'],
  [/ ?\(default: ([^)]*)\)/g, '（默认值：$1）'],
  [/用法： /g, '用法：'],
  [/help \[command\]/g, 'help [命令]   '], // as wide as it was
  [/\[options\]/g, '[选项]'],
  [/\[command\]/g, '[命令]'],
]

/** A message of the parser in the language of the session. */
export function usageWords(text: string, language: Language): string {
  if (language === 'en') return text
  return chinese.reduce((said, [pattern, words]) => said.replaceAll(pattern, words), text)
}
