import type { AgreementTerms, RecipeInput, TableSchema, Text } from '@consort/protocol'

type Field = TableSchema['fields'][number]

const text = (en: string, zh: string): Text => ({ en, zh })
const number = (name: string, meaning: Text, unit: string, [min, max]: [number, number]): Field => ({
  kind: 'number',
  name,
  meaning,
  unit,
  min,
  max,
})
const category = (name: string, meaning: Text, codes: Record<string, Text>) => ({
  kind: 'category' as const,
  name,
  meaning,
  codes: Object.entries(codes).map(([code, of]) => ({ code, meaning: of })),
})
const noYes = { no: text('no', '否'), yes: text('yes', '是') }

/** What the four hospitals agree on (UCI data set 45): names, units, codes, plausible ranges. */
export const heart: TableSchema = {
  dataset: 'heart',
  fields: [
    number('age', text('age', '年龄'), 'years', [18, 110]),
    category('sex', text('sex', '性别'), { female: text('female', '女'), male: text('male', '男') }),
    category('cp', text('chest pain', '胸痛'), {
      typical: text('typical angina', '典型心绞痛'),
      atypical: text('atypical angina', '非典型心绞痛'),
      'non-anginal': text('other pain', '非心绞痛'),
      asymptomatic: text('none', '无症状'),
    }),
    number('trestbps', text('blood pressure at rest', '静息血压'), 'mmHg', [60, 260]),
    number('chol', text('serum cholesterol', '血清胆固醇'), 'mg/dL cholesterol', [60, 700]),
    category('fbs', text('fasting blood sugar over 120 mg/dL', '空腹血糖高于 120 mg/dL'), noYes),
    category('restecg', text('ECG at rest', '静息心电图'), {
      normal: text('normal', '正常'),
      'st-t': text('ST-T abnormal', 'ST-T 异常'),
      hypertrophy: text('hypertrophy', '左心室肥厚'),
    }),
    number('thalach', text('highest heart rate', '最大心率'), 'bpm', [40, 230]),
    category('exang', text('angina on exertion', '运动诱发心绞痛'), noYes),
    number('oldpeak', text('ST depression by exercise', '运动引起的 ST 压低'), 'mm', [-5, 10]),
    category('slope', text('slope of the ST segment', 'ST 段斜率'), {
      up: text('up', '上斜'),
      flat: text('flat', '平'),
      down: text('down', '下斜'),
    }),
    number('ca', text('vessels coloured by fluoroscopy', '透视显影的血管数'), '1', [0, 3]),
    category('thal', text('thallium scan', '铊显像'), {
      normal: text('normal', '正常'),
      fixed: text('fixed defect', '固定缺损'),
      reversible: text('reversible defect', '可逆缺损'),
    }),
  ],
  label: category('num', text('coronary heart disease', '冠心病'), {
    absent: text('absent', '无'),
    present: text('present', '有'),
  }),
}

/** The article's sigmoid classifier over what every hospital records. */
export function recipeFor(rounds: number): RecipeInput {
  return {
    recipe: 1,
    name: 'heart-logistic',
    dataset: 'heart',
    task: { kind: 'classification', classes: ['absent', 'present'] },
    input: {
      kind: 'table',
      features: heart.fields.map(field =>
        field.kind === 'number'
          ? { name: field.name, kind: 'number', missing: 'indicator' }
          : {
              name: field.name,
              kind: 'category',
              values: field.codes.map(({ code }) => code),
              missing: 'indicator',
            },
      ),
    },
    model: { kind: 'logistic' },
    loss: 'binary-cross-entropy',
    optimiser: { kind: 'adam', learningRate: 0.02 },
    schedule: { kind: 'cosine', final: 0.1 },
    batchSize: 16,
    federation: { rounds, localEpochs: 3, partnersMin: 3, roundWithinSeconds: 40, alpha: [0, 0] },
  }
}

export function termsFor(partners: readonly string[], retrainAfterExamples: number): AgreementTerms {
  return {
    purpose: text(
      'To tell from routine findings who has coronary heart disease, and to ask a physician where that is unsure.',
      '根据常规检查结果判断冠心病；把握不足时转交医生。',
    ),
    data: [heart],
    statistics: true,
    recipes: [{ name: 'heart-logistic' }],
    privacy: { secureAggregation: false, epsilonMax: null },
    use: [...partners],
    retrainAfterExamples,
    benefit: { currency: 'EUR', answerPrice: 250, rule: { kind: 'by-examples' } },
  }
}
