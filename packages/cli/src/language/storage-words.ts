import type { Language } from './language.ts'

/** The words of `consort storage`. */
interface StorageWords {
  readonly table: string
  readonly rows: string
  readonly size: string
  readonly oldest: string
  readonly rule: string
  readonly setting: string
  readonly days: string
  readonly swept: string
  readonly gone: string
  /** Before the reason why something is kept, or by whom it is bounded. */
  readonly kept: string
  readonly bounded: string
}

export const storageWords: Readonly<Record<Language, StorageWords>> = {
  en: {
    table: 'table or folder',
    rows: 'rows',
    size: 'size',
    oldest: 'oldest',
    rule: 'rule',
    setting: 'setting',
    days: 'days',
    swept: 'last looked (UTC)',
    gone: 'gone so far',
    kept: 'kept: ',
    bounded: 'bounded: ',
  },
  zh: {
    table: '表或文件夹',
    rows: '行数',
    size: '大小',
    oldest: '最早',
    rule: '规则',
    setting: '设置',
    days: '天数',
    swept: '上次检查（UTC）',
    gone: '累计清理',
    kept: '保留：',
    bounded: '有界：',
  },
}
