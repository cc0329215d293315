import type { TaskFailure } from '@consort/protocol'
import type { Language } from './language.ts'

/** What the code of a member's failure calls for. The member's own log says more, under the reference. */
export const failureHints = {
  'policy-refused': {
    en: 'Its site policy does not allow this task: its owner decides.',
    zh: '其站点策略不允许该任务：由其所有者决定。',
  },
  'recipe-invalid': {
    en: 'Its node cannot read the recipe: most likely it has to be upgraded.',
    zh: '其节点无法读取配方：很可能需要升级该节点。',
  },
  'roster-altered': {
    en: 'It has not signed this roster, or the hub showed it another one: compare `consort roster show` on both sides.',
    zh: '它没有签署该名册，或协调中心向它出示了另一份名册：请在双方运行 `consort roster show` 对照。',
  },
  'agreement-refused': {
    en: 'The agreement that it signed does not cover the run: compare `consort agreement show` on both sides.',
    zh: '它签署的合作协议未涵盖该训练任务：请在双方运行 `consort agreement show` 对照。',
  },
  'weights-invalid': {
    en: 'The weights that it was given are not those that the recipe makes: start the run again.',
    zh: '它收到的权重不是配方产生的权重：请重新开始训练任务。',
  },
  'data-missing': {
    en: 'It no longer has the data set, or its files: it runs `consort dataset add`.',
    zh: '它已没有该数据集或其文件：请其运行 `consort dataset add`。',
  },
  'data-changed': {
    en: 'Its files changed after they were registered: it runs `consort dataset add` again.',
    zh: '其文件在登记之后有改动：请其再次运行 `consort dataset add`。',
  },
  'data-unreadable': {
    en: 'Its files cannot be read, or take more memory than it allows: its log names the place.',
    zh: '其文件无法读取，或所需内存超过其限制：其日志指明了位置。',
  },
  'data-mismatch': {
    en: 'Its columns or pictures are not those of the recipe: it runs `consort dataset check`.',
    zh: '其列或图片与配方不符：请其运行 `consort dataset check`。',
  },
  'label-missing': {
    en: 'Its data has no column of that label: it registers the data set with `--label`.',
    zh: '其数据没有该标签列：请其用 `--label` 登记数据集。',
  },
  'class-unknown': {
    en: 'It has a class that the recipe does not list: add it to the recipe, or to its mapping.',
    zh: '它有配方未列出的类别：请加入配方，或加入其字段映射。',
  },
  'value-invalid': {
    en: 'One of its values cannot be used: its log names the column and the row.',
    zh: '它有一个取值无法使用：其日志指明了列和行。',
  },
  'split-empty': {
    en: 'It has too few records for its share of validation: it registers them with another share, or adds records.',
    zh: '按其验证比例划分后记录过少：请其以另一比例登记，或增加记录。',
  },
  'privacy-parameters-invalid': {
    en: 'The noise of the recipe does not fit its records: change the recipe’s `privacy`.',
    zh: '配方的噪声与其记录不相容：请修改配方的 `privacy`。',
  },
  'privacy-budget-exceeded': {
    en: 'Its privacy budget does not suffice: ask for fewer rounds or more noise, or its owner raises the budget.',
    zh: '其隐私预算不足：请减少轮次或加大噪声，或由其所有者提高预算。',
  },
  'privacy-budget-restored': {
    en: 'Its privacy ledger is an old copy: its owner runs `consort budget reconcile`.',
    zh: '其隐私账本由旧副本恢复：请其所有者运行 `consort budget reconcile`。',
  },
  'training-diverged': {
    en: 'Its training diverged: lower the learning rate in the recipe.',
    zh: '其训练发散：请降低配方中的学习率。',
  },
  'trainer-failed': {
    en: 'Its external trainer ended with an error: its log holds the last lines.',
    zh: '其外部训练程序出错：其日志中有最后几行输出。',
  },
  'trainer-timeout': {
    en: 'Its external trainer took longer than the round: raise `roundWithinSeconds`, or it trains faster.',
    zh: '其外部训练程序超过了每轮的时限：请提高 `roundWithinSeconds`，或加快训练。',
  },
  'trainer-output-invalid': {
    en: 'What its external trainer left has another shape than the model: its log says where.',
    zh: '其外部训练程序的输出与模型形状不符：其日志指明了位置。',
  },
  'update-rejected': {
    en: 'The hub did not take its update: its data card or its weights do not fit. It registers the data set again.',
    zh: '协调中心未接受其模型更新：数据卡片或权重不符。请其重新登记数据集。',
  },
  'out-of-memory': {
    en: 'The task is too large for its machine: take smaller batches, or a smaller model.',
    zh: '该任务对其机器过大：请用更小的批次或更小的模型。',
  },
  'disk-full': { en: 'Its disk is full: it makes room.', zh: '其磁盘已满：请其腾出空间。' },
  internal: {
    en: 'Something went wrong at its node: only its log says what.',
    zh: '其节点发生内部错误：只有其日志说明原因。',
  },
} as const satisfies Record<TaskFailure, Record<Language, string>>
