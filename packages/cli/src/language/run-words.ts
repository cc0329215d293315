/** The words for a run's states and for the table of its rounds. */
export interface RunWords {
  readonly phase: Readonly<
    Record<'created' | 'selecting' | 'training' | 'evaluating' | 'done' | 'failed' | 'cancelled', string>
  >
  /** The table of a run's rounds. */
  readonly rounds: {
    readonly recordsUsed: string
    readonly training: string
    readonly validation: string
    readonly commonTest: string
    readonly outcome: string
    readonly outcomes: Readonly<Record<'waiting' | 'received' | 'failed' | 'late', string>>
    readonly weight: string
    readonly loss: string
    readonly accuracy: string
  }
}

export const englishRun: RunWords = {
  phase: {
    created: 'created',
    selecting: 'selecting',
    training: 'training',
    evaluating: 'evaluating',
    done: 'done',
    failed: 'failed',
    cancelled: 'cancelled',
  },
  rounds: {
    recordsUsed: 'records',
    training: 'training',
    validation: 'validation',
    commonTest: 'common test set',
    outcome: 'outcome',
    outcomes: { waiting: 'waiting', received: 'received', failed: 'failed', late: 'late' },
    weight: 'weight',
    loss: 'loss',
    accuracy: 'accuracy',
  },
}

export const chineseRun: RunWords = {
  phase: {
    created: '已创建',
    selecting: '选择参与方',
    training: '训练中',
    evaluating: '评估中',
    done: '完成',
    failed: '失败',
    cancelled: '已取消',
  },
  rounds: {
    recordsUsed: '所用记录',
    training: '训练',
    validation: '验证',
    commonTest: '公共测试集',
    outcome: '结果',
    outcomes: { waiting: '等待', received: '已收到', failed: '失败', late: '超时' },
    weight: '权重',
    loss: '损失',
    accuracy: '准确率',
  },
}
