import { type KeepSetting, logKeepSetting } from '@consort/storage'

/** The rules by which rows of a node go. */
export type NodeRule = 'log' | 'answers' | 'webhooks' | 'usage' | 'cards' | 'consultations' | 'sums' | 'work'

/** What an operator may set of each rule. */
export const nodeKeepSettings: Readonly<Record<NodeRule, KeepSetting>> = {
  log: logKeepSetting,
  answers: {
    setting: 'CONSORT_KEEP_ANSWERS',
    days: 90,
    daysMin: 7,
    says: {
      en: 'answers, and closed cases that are neither training examples nor part of a present guarantee, are deleted',
      zh: '删除回答，以及既非训练样本、也不属于现行误差保证的已结案例',
    },
  },
  webhooks: {
    setting: 'CONSORT_KEEP_WEBHOOKS',
    days: 30,
    daysMin: 1,
    says: {
      en: 'messages that arrived or were given up are deleted',
      zh: '删除已送达或已放弃的消息',
    },
  },
  usage: {
    setting: 'CONSORT_KEEP_USAGE',
    days: 60,
    daysMin: 1,
    says: {
      en: 'usage of months whose statement is in force with this node’s signature is deleted',
      zh: '删除本节点已签署的结算单生效之后该月份的用量',
    },
  },
  cards: {
    setting: 'CONSORT_KEEP_CARDS',
    days: 90,
    daysMin: 7,
    says: {
      en: 'replaced data cards without noise are deleted',
      zh: '删除已被取代且不含噪声的数据卡片',
    },
  },
  consultations: {
    setting: 'CONSORT_KEEP_CONSULTATIONS',
    days: 90,
    daysMin: 32,
    says: {
      en: 'questions to and from partners that are over are deleted',
      zh: '删除已结束的会诊',
    },
  },
  sums: {
    setting: 'CONSORT_KEEP_SUMS',
    days: 90,
    daysMin: 7,
    says: {
      en: 'secrets and messages of secure sums that are over are deleted, and all but the last of a run over the same members; who took part stays',
      zh: '删除已结束的安全求和的秘密与消息；同一训练任务中成员相同的求和只留最后一次；保留参与者名单',
    },
  },
  work: {
    setting: 'CONSORT_KEEP_WORK',
    days: 7,
    daysMin: 7,
    says: {
      en: 'updates and answers to surveys that the hub never asked for again are deleted',
      zh: '删除协调中心不再索取的模型更新与联合统计结果',
    },
  },
}
