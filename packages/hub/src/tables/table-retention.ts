import {
  archivedLogRetention,
  ownTableRetention,
  type Retention,
  type TableRetention,
} from '@consort/storage'
import type { HubTables } from './hub-tables.ts'
import type { HubRule } from './keep-settings.ts'

const signed = { en: 'what members signed is evidence', zh: '成员签署的文件属于证据' }
const perMember = { en: 'one row a member, or one for each invite', zh: '每个成员或每份邀请一行' }
const perRun = { en: 'one row a run', zh: '每次训练任务一行' }
const lineage = {
  en: 'lineage rests on it: a row for each data card that a run was about',
  zh: '模型来源以此为据：训练任务用到的每份数据卡片一行',
}

/** What becomes of the rows of each table of a hub. */
export const hubTableRetention: TableRetention<HubTables, HubRule> = {
  ...ownTableRetention,
  data_card: { kind: 'swept', rule: 'cards', since: 'published' },
  field_statistics: { kind: 'swept', rule: 'cards' },
  invite: { kind: 'kept', why: perMember },
  member: { kind: 'kept', why: perMember },
  privacy_mark: { kind: 'bounded', by: perMember },
  consultation_key: { kind: 'bounded', by: perMember },
  countersigned: { kind: 'kept', why: signed },
  countersignature: { kind: 'kept', why: signed },
  privacy_statement: { kind: 'kept', why: signed },
  usage: { kind: 'swept', rule: 'usage', since: 'month' },
  usage_page: {
    kind: 'kept',
    why: { en: 'one row for up to a thousand answers', zh: '每一千个回答至多一行' },
  },
  run: { kind: 'kept', why: perRun },
  condensed_run: { kind: 'kept', why: perRun },
  condensed_card: { kind: 'kept', why: lineage },
  round: { kind: 'swept', rule: 'runs', since: 'started' },
  task: { kind: 'swept', rule: 'runs', since: 'opened' },
  version: { kind: 'swept', rule: 'runs', since: 'created' },
  aggregation: { kind: 'swept', rule: 'runs' },
  aggregation_message: {
    kind: 'bounded',
    by: {
      en: 'an attempt that is over deletes its messages; of a run that was ended early they go with it',
      zh: '尝试结束时删除其消息；提前结束的训练任务，其消息随之删除',
    },
  },
  survey: {
    kind: 'kept',
    why: { en: 'its answers are what it was made for', zh: '联合统计的结果正是其目的' },
  },
  survey_input: {
    kind: 'bounded',
    by: { en: 'a survey that is over deletes its inputs', zh: '联合统计结束时删除其输入' },
  },
  consultation: {
    kind: 'bounded',
    by: { en: 'a letter goes when it is heard, or expires', zh: '信件被收取或过期后即删除' },
  },
}

/** What becomes of the files in each folder of a hub; the others are inside the first. */
export const hubFolderRetention: Readonly<Record<'blobs' | 'blobs/log' | 'blobs/usage', Retention<HubRule>>> =
  {
    blobs: { kind: 'swept', rule: 'runs' },
    'blobs/log': archivedLogRetention,
    'blobs/usage': {
      kind: 'kept',
      why: { en: 'archived usage; its files may be moved away', zh: '已归档的用量；文件可以移走' },
    },
  }
