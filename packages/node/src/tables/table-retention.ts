import {
  archivedLogRetention,
  ownTableRetention,
  type Retention,
  type TableRetention,
} from '@consort/storage'
import type { NodeAndConsultationTables } from './consultation-tables.ts'
import type { NodeRule } from './keep-settings.ts'

const signed = { en: 'what was signed is evidence', zh: '已签署的文件属于证据' }
const budgets = {
  en: 'privacy budgets rest on it; it grows with the records registered and the budget spent',
  zh: '隐私预算以此为据；随登记的记录和已用预算增长',
}
const agents = { en: 'one row for each agent, version or key', zh: '每个智能体、版本或访问密钥一行' }
const underWay = { en: 'what is over removes its rows', zh: '事情结束即删除其行' }

/** What becomes of the rows of each table of a node. */
export const nodeTableRetention: TableRetention<NodeAndConsultationTables, NodeRule> = {
  ...ownTableRetention,
  plain_answer: { kind: 'swept', rule: 'answers', since: 'asked' },
  asked_case: { kind: 'swept', rule: 'answers', since: 'asked' },
  feedback: { kind: 'swept', rule: 'answers', since: 'at' },
  webhook: { kind: 'swept', rule: 'webhooks', since: 'created' },
  usage: { kind: 'swept', rule: 'usage', since: 'month' },
  signed_month: { kind: 'kept', why: { en: 'one row a month', zh: '每月一行' } },
  checked_usage_page: {
    kind: 'bounded',
    by: {
      en: 'pages of the month whose statement was looked at last',
      zh: '只保留最近查看的结算单所属月份的页',
    },
  },
  dataset: { kind: 'swept', rule: 'cards', since: 'registered' },
  consultation: { kind: 'swept', rule: 'consultations', since: 'sent' },
  consulted: { kind: 'swept', rule: 'consultations', since: 'day' },
  roster: { kind: 'kept', why: signed },
  agreement: { kind: 'kept', why: signed },
  privacy_unit: { kind: 'kept', why: budgets },
  privacy_ledger: { kind: 'kept', why: budgets },
  privacy_columns: { kind: 'kept', why: budgets },
  privacy_record: { kind: 'kept', why: budgets },
  privacy_release: { kind: 'kept', why: budgets },
  privacy_mark: { kind: 'bounded', by: { en: 'one row', zh: '只有一行' } },
  survey: {
    kind: 'kept',
    why: { en: 'a new survey is compared with all earlier ones', zh: '新的联合统计要与以往所有联合统计比较' },
  },
  secure_sum: { kind: 'swept', rule: 'sums' },
  work: { kind: 'swept', rule: 'work', since: 'created' },
  agent: { kind: 'bounded', by: agents },
  standing: { kind: 'bounded', by: agents },
  served_version: { kind: 'kept', why: agents },
  access_key: { kind: 'kept', why: agents },
  access_account: { kind: 'kept', why: { en: 'one row for each key and month', zh: '每个访问密钥每月一行' } },
  access_reservation: { kind: 'bounded', by: underWay },
  access_waiting: { kind: 'bounded', by: underWay },
  case_tally: { kind: 'kept', why: { en: 'a few counts for each guarantee', zh: '每个误差保证若干计数' } },
  consulted_partner: { kind: 'bounded', by: { en: 'one row a partner', zh: '每个合作伙伴一行' } },
}

/** What becomes of the files in each folder of a node; the second is inside the first. */
export const nodeFolderRetention: Readonly<
  Record<'blobs' | 'blobs/log' | 'models' | 'bases', Retention<NodeRule>>
> = {
  blobs: {
    kind: 'bounded',
    by: {
      en: 'updates until the hub has them; the weights of a round',
      zh: '协调中心收到之前的模型更新；一轮的权重',
    },
  },
  'blobs/log': archivedLogRetention,
  models: {
    kind: 'bounded',
    by: { en: 'the weights of versions that agents serve', zh: '智能体所用版本的权重' },
  },
  bases: {
    kind: 'kept',
    why: { en: 'until `consort base remove`', zh: '直到 `consort base remove`' },
  },
}
