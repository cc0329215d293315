import type { EventTables } from '../database/event-log.ts'
import type { KeepSetting } from './keep-setting.ts'
import type { RetentionTables } from './sweep-store.ts'
import type { Retention, TableRetention } from './table-retention.ts'

/** What an operator may set of the log, of a hub as of a node. */
export const logKeepSetting: KeepSetting = {
  setting: 'CONSORT_KEEP_LOG',
  days: 90,
  daysMin: 1,
  says: {
    en: 'old entries of the log are archived as segments, in full',
    zh: '旧日志条目整段归档，内容完整保留',
  },
}

/** What becomes of the rows of this package's own tables; the rule `log` is the one of `logKeepSetting`. */
export const ownTableRetention: TableRetention<EventTables & RetentionTables, 'log'> = {
  event: { kind: 'swept', rule: 'log' },
  event_segment: {
    kind: 'kept',
    why: { en: 'one row for ten thousand entries', zh: '每一万条日志一行' },
  },
  retention: { kind: 'bounded', by: { en: 'one row a rule', zh: '每条规则一行' } },
}

/** What becomes of the files of the archived log. */
export const archivedLogRetention: Retention<never> = {
  kind: 'kept',
  why: { en: 'archived log; its files may be moved away', zh: '已归档的日志；文件可以移走' },
}
