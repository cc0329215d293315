import type { Language } from '@consort/cli'

/** What the quickstart tells whatever the job, in both languages. */
export interface Story {
  readonly starting: (processes: number) => string
  readonly signing: string
  readonly together: (rounds: number) => string
  readonly alone: (epochs: number) => string
  readonly aloneWord: string
  readonly togetherWord: string
  readonly gain: (points: string) => string
  readonly moved: (bytes: string, seconds: string, rounds: number) => string
  readonly model: (path: string) => string
  readonly running: string
  readonly desk: (partner: string, alpha: string) => string
  readonly deskOpen: string
  readonly deskDone: string
  /** Of one class: the three figures, as shares in percent. */
  readonly secondClass: (name: string, figures: { precision: string; recall: string; f1: string }) => string
  readonly failed: (why: string) => string
}

export const stories: Readonly<Record<Language, Story>> = {
  en: {
    starting: processes =>
      `Starting ${processes} processes: a hub, four nodes beside their data, and an examiner with the common test set …`,
    signing: 'Enrolled with one-time invites; every member compared fingerprints and signed the roster.',
    together: rounds => `Together: ${rounds} rounds of federated averaging; only weights travel`,
    alone: epochs => `Alone: the same recipe and the same ${epochs} epochs for each partner by itself`,
    aloneWord: 'alone',
    togetherWord: 'together',
    gain: points => `Together is ${points} points better than the best of them alone.`,
    moved: (bytes, seconds, rounds) =>
      `${bytes} of weights and updates moved in ${rounds} rounds and ${seconds} s.`,
    model: path => `The model, for any ONNX runtime: ${path}`,
    running: 'Hub and nodes go on running; Ctrl-C ends them. In another terminal, for example:',
    desk: (partner, alpha) =>
      `Now an agent at ${partner} answers with the model, and promises: at most ${alpha} of its answers are wrong.`,
    deskOpen: 'You are the expert. Open this page and answer them:',
    deskDone: 'All answered: whoever had asked knows, and the event log of the node tells who decided.',
    secondClass: (name, { precision, recall, f1 }) =>
      `Of the class ${name}, together: precision ${precision}, recall ${recall}, F1 ${f1}.`,
    failed: why => `The run did not end well: ${why}`,
  },
  zh: {
    starting: processes =>
      `正在启动 ${processes} 个进程：一个协调中心、四个合作伙伴的节点、一个持有公共测试集的评估方……`,
    signing: '凭一次性邀请加入；每位成员核对指纹并签署了名册。',
    together: rounds => `共同训练：${rounds} 轮联邦平均；只传输权重`,
    alone: epochs => `各自训练：同样的配方，每个合作伙伴各训练 ${epochs} 个迭代周期（epoch）`,
    aloneWord: '单独',
    togetherWord: '共同',
    gain: points => `共同训练比最好的单独训练高 ${points} 个百分点。`,
    moved: (bytes, seconds, rounds) => `${rounds} 轮共传输权重与模型更新 ${bytes}，用时 ${seconds} 秒。`,
    model: path => `模型（可用于任何 ONNX 运行时）：${path}`,
    running: '协调中心与节点继续运行；按 Ctrl-C 结束。可在另一个终端中执行，例如：',
    desk: (partner, alpha) =>
      `现在 ${partner} 的智能体用该模型回答，并承诺：自主回答的错误率不超过 ${alpha}。`,
    deskOpen: '您就是专家。请打开此页面判断：',
    deskDone: '全部判断完毕：调用方已获知结果，节点的事件日志记录了由谁决定。',
    secondClass: (name, { precision, recall, f1 }) =>
      `类别 ${name}，共同训练：精确率 ${precision}，召回率 ${recall}，F1 ${f1}。`,
    failed: why => `训练未能正常结束：${why}`,
  },
}
