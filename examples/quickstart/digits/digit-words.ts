import type { Language } from '@consort/cli'
import type { JobWords } from '../job.ts'

/** What the job about digits tells. */
export const digitWords: Readonly<Record<Language, JobWords>> = {
  en: {
    title: 'Four organisations, one model, no pooled data',
    splitting: 'Dealing MNIST out to four partners …',
    split: (images, seed) =>
      `${images} handwritten digits (MNIST), split by us: Dirichlet(0.5), seed ${seed}. Nobody has a fair sample:`,
    header: ['partner', 'images', 'share of the digits 0 … 9'],
    summary: test => `On the same ${test} test images, which nobody trained on:`,
    columns: ['', 'images', 'accuracy'],
    tryIt: 'Try it on a picture:',
    promise: 'No image left its owner: the hub saw weights, agreed metrics and data cards.',
    deskAsked: ({ asked, answered, wrong, waiting }) =>
      `Asked about ${asked} test images, it answered ${answered} alone (${wrong} wrongly) and deferred ${waiting}.`,
    deskAnswer: (image, said, label) =>
      `  image ${image}: you said ${said}${said === label ? ', as its label does' : `; its label says ${label}`}`,
  },
  zh: {
    title: '四家机构，一个模型，数据不出门',
    splitting: '正在把 MNIST 分给四个合作伙伴……',
    split: (images, seed) =>
      `${images} 张手写数字图片（MNIST），由本程序划分：Dirichlet(0.5)，种子 ${seed}。各方的类别分布都不均衡：`,
    header: ['合作伙伴', '图片', '数字 0 … 9 的占比'],
    summary: test => `在同一组 ${test} 张无人训练过的测试图片上：`,
    columns: ['', '图片', '准确率'],
    tryIt: '用一张图片试试：',
    promise: '图片始终留在各自的合作伙伴处：协调中心只看到权重、约定的指标和数据卡片。',
    deskAsked: ({ asked, answered, wrong, waiting }) =>
      `就 ${asked} 张测试图片提问：智能体自主回答 ${answered} 张（${wrong} 张有误），转人工 ${waiting} 张。`,
    deskAnswer: (image, said, label) =>
      `  图片 ${image}：您的判断是 ${said}${said === label ? '，与标签一致' : `；标签为 ${label}`}`,
  },
}
