import { type KeepSetting, logKeepSetting } from '@consort/storage'

/** The rules by which rows of a hub go. */
export type HubRule = 'log' | 'cards' | 'usage' | 'runs'

/** What an operator may set of each rule. */
export const hubKeepSettings: Readonly<Record<HubRule, KeepSetting>> = {
  log: logKeepSetting,
  cards: {
    setting: 'CONSORT_KEEP_CARDS',
    days: 90,
    daysMin: 7,
    says: {
      en: 'replaced data cards that no task names are deleted, with their statistics',
      zh: '删除已被取代且无任务引用的数据卡片及其统计量',
    },
  },
  usage: {
    setting: 'CONSORT_KEEP_USAGE',
    days: 400,
    daysMin: 1,
    says: {
      en: 'usage of months that are settled is archived by pages, in full',
      zh: '已结算月份的用量按页归档，内容完整保留',
    },
  },
  runs: {
    setting: 'CONSORT_KEEP_RUNS',
    days: 90,
    daysMin: 7,
    says: {
      en: 'rounds, tasks and sums of runs that are over are deleted, and weights of old models that nobody asks; who took part, with what, and what came of it stays',
      zh: '删除已结束训练任务的轮次、任务与求和，以及无人再用的旧模型的权重；参与者、所用数据和结果保留',
    },
  },
}
