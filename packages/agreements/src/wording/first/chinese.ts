import type { Wording } from '../wording.ts'

/** The first edition. Agreements were signed in these words: they are never edited. */
export const firstChinese = {
  language: null,
  agreement: {
    heading: ({ consortium, version }) => `联盟 ${consortium} 的合作协议，第 ${version} 版`,
    replaces: previous =>
      previous === null ? '此前没有生效的版本。' : `本版取代哈希值为 ${previous} 的版本。`,
    closing: digest => `以上所述文件的哈希值为 ${digest}。签署的是该文件本身，其中的文字均有中文和英文两种。`,
  },
  titles: {
    who: '参与方',
    purpose: '用途',
    data: '数据',
    statistics: '统计量',
    recipes: '配方',
    privacy: '隐私保护',
    use: '模型的使用',
    retraining: '再训练',
    price: '价格',
    division: '收益分配',
    amendment: '协议的变更',
  },
  who: {
    partners: names => `合作伙伴为：${names}。每一方均须签署。`,
    evaluators: names => `评估方仅持有公共测试集，不参与分配，无须签署：${names}。`,
    hub: '协调中心负责协调，从不接触任何记录，同样须签署。',
    otherRoster:
      '本协议约束的是另一份名册的成员，而非现行名册的成员。须以下一版指明现行名册，方可进行训练任务。',
    roster: digest => `成员及其密钥以哈希值为 ${digest} 的名册为准。`,
  },
  data: {
    intro: '训练任务只可使用下列数据集的下列字段。记录始终留在原处。',
    field: ({ name, text }) => `${name}：${text}`,
    number: ({ meaning, unit, min, max }) =>
      `${meaning}；数值，${unit === null ? '无单位' : `单位为 ${unit}`}，${min} 至 ${max}`,
    category: ({ meaning, codes }) => `${meaning}；取值为下列之一：${codes}`,
    code: ({ code, meaning }) => `${code}（${meaning}）`,
    label: category => `预测目标。${category}`,
  },
  statistics: {
    told: '对每个数值字段，节点可告知协调中心其数值的个数、均值与离散程度，以便各方采用同一标准化。',
    summed:
      '节点以各方之和回答有关其字段的提问：对数值字段，协调中心只得知至少三方记录的合计；对类别，只得知加噪后的个数。任何节点均不单独告知自己的统计量。',
    untold: '节点不告知其字段的任何统计量。',
  },
  recipes: {
    intro: '只可训练下列配方。',
    recipe: ({ name, digest }) =>
      digest === null ? `${name}：凡用此名称且符合本协议的配方` : `${name}：仅限哈希值为 ${digest} 的配方`,
  },
  privacy: {
    aggregated: '更新须经安全聚合相加，协调中心看不到任何一方单独的更新。',
    single: '协调中心可以看到每个合作伙伴单独的更新。',
    bounded: epsilonMax =>
      `一次训练任务中，一条记录的隐私损失不得超过 ε = ${epsilonMax}（差分隐私，δ = 1e-5）。`,
    unbounded: '不限定一条记录的隐私损失。',
    hidden: ({ k, l }) =>
      `去标识化的表格须满足下列条件方可离开其所有者：准标识符相同的至少有 ${k} 人（无法区分个人的，以记录计），且其中每个敏感字段至少出现 ${l} 种取值。上述字段由所有者指定。对自由文本和图片不作此承诺。`,
    ownRules: '去标识化的表格离开其所有者须满足的条件，由所有者自定的规则决定。',
  },
  use: { intro: '只有下列合作伙伴的智能体可以用模型作答。' },
  retraining: {
    after: examples => `每新登记 ${examples} 个样本，即自动按最近一次的配方启动新的训练任务。`,
    never: '不自动启动训练任务。',
  },
  price: price => `每个回答，提问方应付 ${price}，由作答的智能体或专家所属的合作伙伴收取。`,
  division: {
    intro: '每个自然月（UTC）出具一份结算单，汇总各合作伙伴所收款项，并在各方之间分配。',
    rule: {
      fixed: '按固定份数分配。未列出的合作伙伴没有份数。',
      'by-use': '按各合作伙伴给出的回答数分配，即各方保留自己所收的款项。',
      'by-examples': '按样本数分配：每个回答，按各合作伙伴为作答版本提供的样本数计入。',
    },
    parts: ({ member, parts }) => `${member}：${parts} 份`,
    rounding:
      '各方所得均为货币最小单位的整数，合计与总额分毫不差：先各自舍去零头，余下的逐个最小单位分给零头最大者；零头相同的，按名称顺序。没有可据以分配的数量时，各方均分。',
    example: ({ total, supposed, shares }) =>
      supposed === null
        ? `例如，${total} 分配如下：${shares}。`
        : `例如，${supposed}，则 ${total} 分配如下：${shares}。`,
    supposedAnswers: counts => `若各方的回答数为：${counts}`,
    supposedExamples: counts => `若计入的样本数为：${counts}`,
  },
  amendment:
    '本协议只能通过新版协议变更，新版协议以哈希值指明本版。每一版在协调中心和所有合作伙伴均签署后生效；在此之前，前一版继续有效。更换名册也须通过新版协议进行。',
  change: {
    added: text => `新增：${text}`,
    removed: text => `删除：${text}`,
    changed: (before, after) => `原为：${before} → 改为：${after}`,
    changedElsewhere: (before, after) => `英文文本原为：${before} → 改为：${after}`,
    line: ({ clause, title, change }) => `第 ${clause} 条 ${title}，${change}`,
  },
  statement: {
    heading: ({ consortium, month }) => `联盟 ${consortium} 的结算单，${month}（UTC）`,
    revenue: ({ answers, price, revenue }) => `收入：${answers} 个回答，每个 ${price}，共 ${revenue}`,
    rule: {
      fixed: '按固定份数分配。',
      'by-use': '按各合作伙伴给出的回答数分配。',
      'by-examples': '按作答版本所含的样本数分配。',
    },
    columns: {
      member: '合作伙伴',
      answers: '回答数',
      collected: '已收',
      examples: '样本数',
      share: '应得',
      balance: '差额',
    },
    total: '合计',
    balance: '差额 = 应得 − 已收：正数为尚可收取，负数为须付出。',
    agreement: digest => `依据哈希值为 ${digest} 的合作协议`,
  },
  comma: '、',
} satisfies Wording
