import type { Language } from '@consort/cli'

/** What the quickstart tells, in both languages. */
export interface Story {
  readonly title: string
  readonly splitting: string
  readonly split: (images: string, seed: number) => string
  readonly header: readonly [string, string, string]
  readonly starting: (processes: number) => string
  readonly signing: string
  readonly together: (rounds: number) => string
  readonly alone: (epochs: number) => string
  readonly summary: (test: string) => string
  readonly columns: readonly [string, string, string]
  readonly aloneWord: string
  readonly togetherWord: string
  readonly gain: (points: string) => string
  readonly moved: (bytes: string, seconds: string, rounds: number) => string
  readonly model: (path: string) => string
  readonly tryIt: string
  readonly promise: string
  readonly running: string
  readonly desk: (partner: string, alpha: string) => string
  readonly deskAsked: (counts: { asked: number; answered: number; wrong: number; waiting: number }) => string
  readonly deskOpen: string
  readonly deskAnswer: (image: number, said: string, label: string) => string
  readonly deskDone: string
  readonly failed: (why: string) => string
}

export const stories: Readonly<Record<Language, Story>> = {
  en: {
    title: 'Four organisations, one model, no pooled data',
    splitting: 'Dealing MNIST out to four partners …',
    split: (images, seed) =>
      `${images} handwritten digits (MNIST), split by us: Dirichlet(0.5), seed ${seed}. Nobody has a fair sample:`,
    header: ['partner', 'images', 'share of the digits 0 … 9'],
    starting: processes =>
      `Starting ${processes} processes: a hub, four nodes beside their data, and an examiner with the common test set …`,
    signing: 'Enrolled with one-time invites; every member compared fingerprints and signed the roster.',
    together: rounds => `Together: ${rounds} rounds of federated averaging; only weights travel`,
    alone: epochs => `Alone: the same recipe and the same ${epochs} epochs for each partner by itself`,
    summary: test => `On the same ${test} test images, which nobody trained on:`,
    columns: ['', 'images', 'accuracy'],
    aloneWord: 'alone',
    togetherWord: 'together',
    gain: points => `Together is ${points} points better than the best of them alone.`,
    moved: (bytes, seconds, rounds) =>
      `${bytes} of weights and updates moved in ${rounds} rounds and ${seconds} s.`,
    model: path => `The model, for any ONNX runtime: ${path}`,
    tryIt: 'Try it on a picture:',
    promise: 'No image left its owner: the hub saw weights, agreed metrics and data cards.',
    running: 'Hub and nodes go on running; Ctrl-C ends them. In another terminal, for example:',
    desk: (partner, alpha) =>
      `Now an agent at ${partner} answers with the model, and promises: at most ${alpha} of its answers are wrong.`,
    deskAsked: ({ asked, answered, wrong, waiting }) =>
      `Asked about ${asked} test images, it answered ${answered} alone (${wrong} wrongly) and deferred ${waiting}.`,
    deskOpen: 'You are the expert. Open this page and answer them:',
    deskAnswer: (image, said, label) =>
      `  image ${image}: you said ${said}${said === label ? ', as its label does' : `; its label says ${label}`}`,
    deskDone: 'All answered: whoever had asked knows, and the event log of the node tells who decided.',
    failed: why => `The run did not end well: ${why}`,
  },
  zh: {
    title: '四家机构，一个模型，数据不出门',
    splitting: '正在把 MNIST 分给四个合作伙伴……',
    split: (images, seed) =>
      `${images} 张手写数字（MNIST），由我们划分：Dirichlet(0.5)，种子 ${seed}。谁的样本都不均衡：`,
    header: ['合作伙伴', '图像', '数字 0 … 9 的占比'],
    starting: processes =>
      `正在启动 ${processes} 个进程：一个协调中心、四个数据旁的节点、一个持有公共测试集的评估方……`,
    signing: '凭一次性邀请加入；每位成员核对指纹并签署了名册。',
    together: rounds => `共同训练：${rounds} 轮联邦平均；只传输权重`,
    alone: epochs => `各自训练：同样的配方，每个合作伙伴各训练 ${epochs} 个周期`,
    summary: test => `在同一组 ${test} 张无人训练过的测试图像上：`,
    columns: ['', '图像', '准确率'],
    aloneWord: '单独',
    togetherWord: '共同',
    gain: points => `共同训练比最好的单独训练高 ${points} 个百分点。`,
    moved: (bytes, seconds, rounds) => `${rounds} 轮共传输权重与更新 ${bytes}，用时 ${seconds} 秒。`,
    model: path => `模型（可用于任何 ONNX 运行时）：${path}`,
    tryIt: '用一张图片试试：',
    promise: '没有一张图像离开其所有者：协调中心只看到权重、约定的指标和数据卡片。',
    running: '协调中心与节点继续运行；按 Ctrl-C 结束。可在另一个终端中执行，例如：',
    desk: (partner, alpha) => `现在 ${partner} 的智能体用该模型作答，并承诺：错误不超过其答案的 ${alpha}。`,
    deskAsked: ({ asked, answered, wrong, waiting }) =>
      `就 ${asked} 张测试图像提问：智能体独立回答 ${answered} 张（${wrong} 张有误），转人工 ${waiting} 张。`,
    deskOpen: '您就是专家。请打开此页面作答：',
    deskAnswer: (image, said, label) =>
      `  图像 ${image}：您的答案是 ${said}${said === label ? '，与标签一致' : `；标签为 ${label}`}`,
    deskDone: '全部作答完毕：提问方已获知结果，节点的事件日志记录了由谁决定。',
    failed: why => `训练未能正常结束：${why}`,
  },
}
