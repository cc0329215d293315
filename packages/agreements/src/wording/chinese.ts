import { firstChinese } from './first/chinese.ts'
import type { Wording } from './wording.ts'

/** Units that schemas commonly name, as a Chinese reader writes them; any other stays as it is. */
const units: Readonly<Record<string, string>> = {
  a: '岁',
  years: '岁',
  bpm: '次/分',
  '/min': '次/分',
  d: '天',
  days: '天',
}

/** The second edition says which text holds, and these sentences anew; all else it says as the first. */
export const chinese = {
  ...firstChinese,
  language: {
    title: '文本效力',
    prevails: {
      en: '英文文本与中文文本不一致时，以英文文本为准。',
      zh: '英文文本与中文文本不一致时，以中文文本为准。',
      neither: '英文文本与中文文本具有同等效力；两者不一致时，结合两种文本，按第 2 条所述用途解释。',
    },
    edition: edition => `本协议的标准条款文字，中、英文均采用 Consort 条款文字第 ${edition} 版。`,
  },
  agreement: {
    ...firstChinese.agreement,
    closing: digest =>
      `以上是对哈希值为 ${digest} 的文件的文字说明；签署对象是该文件本身，其文字均有中、英两种文本。`,
  },
  who: {
    ...firstChinese.who,
    otherRoster:
      '本协议约束的是另一份名册的成员，而非现行名册的成员。须以新版协议指明现行名册，方可启动训练任务。',
  },
  data: {
    ...firstChinese.data,
    number: ({ meaning, unit, min, max }) =>
      `${meaning}；数值，${unit === null ? '无单位' : `单位为 ${units[unit] ?? unit}`}，${min} 至 ${max}`,
  },
  statistics: {
    ...firstChinese.statistics,
    told: '对每个数值字段，节点可告知协调中心其数值的个数、均值与标准差，以便各方采用同一标准化。',
    summed:
      '节点以各方之和回答有关其字段的提问：对数值字段，协调中心只得知至少三家合作伙伴记录的合计；对类别，只得知加噪后的个数。任何节点均不单独告知自己的统计量。',
  },
  recipes: {
    ...firstChinese.recipes,
    recipe: ({ name, digest }) =>
      digest === null
        ? `${name}：使用此名称且符合本协议的任何配方`
        : `${name}：仅限哈希值为 ${digest} 的配方`,
  },
  privacy: {
    ...firstChinese.privacy,
    aggregated: '模型更新须经安全聚合求和，协调中心看不到任何一方单独的模型更新。',
    single: '协调中心可以看到每个合作伙伴单独的模型更新。',
  },
  use: { intro: '只有下列合作伙伴的智能体可以使用模型提供回答。' },
  retraining: {
    ...firstChinese.retraining,
    after: examples => `每累计新登记 ${examples} 个样本，即自动按最近一次的配方启动新的训练任务。`,
  },
  price: price => `每个回答由调用方支付 ${price}，由给出该回答的智能体或专家所属的合作伙伴收取。`,
  division: {
    ...firstChinese.division,
    rule: {
      ...firstChinese.division.rule,
      'by-examples': '按样本数分配：每个回答，按各合作伙伴为给出该回答的版本提供的样本数计入。',
    },
    rounding:
      '各方所得均为最小货币单位的整数，合计与总额完全一致：各方所得先向下取整至最小货币单位；尾差按舍去部分由大到小，每方依次一个最小单位；舍去部分相同的，按名称顺序。没有可据以分配的数量时，各方均分。',
  },
  amendment:
    '本协议只能以新版协议变更，新版以哈希值指明本版。每一版在协调中心和所有合作伙伴均签署后生效；在此之前，前一版继续有效。更换名册也须签署新版协议。',
  statement: {
    ...firstChinese.statement,
    rule: {
      ...firstChinese.statement.rule,
      'by-examples': '按给出回答的版本所含的样本数分配。',
    },
    balance: '差额 = 应得 − 已收：正数为应收，负数为应付。',
  },
} satisfies Wording
