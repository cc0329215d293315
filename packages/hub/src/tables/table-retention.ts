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
const lineage = {
  en: 'lineage, model cards, statements and reports of runs are worked out from it',
  zh: '模型来源、模型卡片、结算单和训练任务的报告由此得出',
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
  run: { kind: 'kept', why: lineage },
  round: { kind: 'kept', why: lineage },
  task: { kind: 'kept', why: lineage },
  version: { kind: 'kept', why: lineage },
  aggregation: {
    kind: 'kept',
    why: {
      en: 'what sums reveal together is worked out from all of a recipe',
      zh: '多次安全求和合起来泄露什么，要由同一配方的全部求和得出',
    },
  },
  aggregation_message: {
    kind: 'bounded',
    by: { en: 'an attempt that is over deletes its messages', zh: '尝试结束时删除其消息' },
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
    blobs: {
      kind: 'bounded',
      by: {
        en: 'weights of models and of the best version of each run; updates until they are averaged',
        zh: '模型及各训练任务最佳版本的权重；平均之前的模型更新',
      },
    },
    'blobs/log': archivedLogRetention,
    'blobs/usage': {
      kind: 'kept',
      why: { en: 'archived usage; its files may be moved away', zh: '已归档的用量；文件可以移走' },
    },
  }
