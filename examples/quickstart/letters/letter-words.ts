import type { Language } from '@consort/cli'
import type { JobWords } from '../job.ts'

/** What the job about letters tells. */
export const letterWords: Readonly<Record<Language, JobWords>> = {
  en: {
    title: 'Four mail providers, one spam filter, no pooled letters',
    splitting: 'Dealing six thousand real mails out to four partners …',
    split: (letters, seed) =>
      `${letters} letters (SpamAssassin corpus, 2002; subject and body, no other header), split by us: Dirichlet(0.5) over its five groups, seed ${seed}. Nobody has a fair sample:`,
    header: ['partner', 'letters', 'wanted easy · easy · hard · spam · spam'],
    summary: test => `On the same ${test} test letters, which nobody trained on:`,
    columns: ['', 'letters', 'accuracy'],
    tryIt: 'Try it on a letter:',
    promise: 'No letter left its owner: the hub saw weights, agreed metrics and data cards.',
    deskAsked: ({ asked, answered, wrong, waiting }) =>
      `Asked about ${asked} test letters in ordinary words, it answered ${answered} alone (${wrong} wrongly) and deferred ${waiting}.`,
    deskAnswer: (name, said, label) =>
      `  ${name}: you said ${said}${said === label ? ', as its label does' : `; its label says ${label}`}`,
  },
  zh: {
    title: '四家邮件服务商，一个垃圾邮件过滤模型，信件不出门',
    splitting: '正在把六千封真实邮件分给四个合作伙伴……',
    split: (letters, seed) =>
      `${letters} 封信件（SpamAssassin 语料，2002 年；只有主题与正文，不含其他邮件头），由本程序划分：按五个组 Dirichlet(0.5)，种子 ${seed}。各方的类别分布都不均衡：`,
    header: ['合作伙伴', '信件', '正常 易 · 易 · 难 · 垃圾 · 垃圾'],
    summary: test => `在同一组 ${test} 封无人训练过的测试信件上：`,
    columns: ['', '信件', '准确率'],
    tryIt: '用一封信试试：',
    promise: '信件始终留在各自的合作伙伴处：协调中心只看到权重、约定的指标和数据卡片。',
    deskAsked: ({ asked, answered, wrong, waiting }) =>
      `就 ${asked} 封用语平常的测试信件提问：智能体自主回答 ${answered} 封（${wrong} 封有误），转人工 ${waiting} 封。`,
    deskAnswer: (name, said, label) =>
      `  ${name}：您的判断是 ${said}${said === label ? '，与标签一致' : `；标签为 ${label}`}`,
  },
}
