import type { CategoryField, NumberField, TableSchema, Text } from '@consort/protocol'

/** What the four hospitals of the heart disease data (UCI data set 45) agree on. */
export const heartSchema: TableSchema = {
  dataset: 'heart',
  fields: [
    number('age', text('Age', '年龄'), { unit: 'years', min: 18, max: 110 }),
    category('sex', text('Sex', '性别'), ['female', 'male']),
    category('cp', text('Chest pain', '胸痛'), ['typical', 'atypical', 'non-anginal', 'asymptomatic']),
    number('trestbps', text('Blood pressure at rest', '静息血压'), { unit: 'mmHg', min: 60, max: 260 }),
    number('chol', text('Serum cholesterol', '血清胆固醇'), {
      unit: 'mg/dL cholesterol',
      min: 60,
      max: 700,
    }),
    category('fbs', text('Fasting blood sugar over 120 mg/dL', '空腹血糖高于 120 mg/dL'), ['no', 'yes']),
    category('restecg', text('ECG at rest', '静息心电图'), ['normal', 'st-t', 'hypertrophy']),
    number('thalach', text('Highest heart rate', '最大心率'), { unit: 'bpm', min: 40, max: 230 }),
    category('exang', text('Angina on exertion', '运动诱发心绞痛'), ['no', 'yes']),
    number('oldpeak', text('ST depression by exercise', '运动引起的 ST 压低'), {
      unit: 'mm',
      min: -5,
      max: 10,
    }),
    category('slope', text('Slope of the ST segment', 'ST 段斜率'), ['up', 'flat', 'down']),
    number('ca', text('Vessels coloured by fluoroscopy', '透视显影的血管数'), { unit: '1', min: 0, max: 3 }),
    category('thal', text('Thallium scan', '铊显像'), ['normal', 'fixed', 'reversible']),
  ],
  label: category('num', text('Coronary heart disease', '冠心病'), ['absent', 'present']),
}

function text(en: string, zh: string): Text {
  return { en, zh }
}

function number(
  name: string,
  meaning: Text,
  quantity: Pick<NumberField, 'unit' | 'min' | 'max'>,
): NumberField {
  return { kind: 'number', name, meaning, ...quantity }
}

function category(name: string, meaning: Text, codes: readonly string[]): CategoryField {
  return {
    kind: 'category',
    name,
    meaning,
    codes: codes.map(code => ({ code, meaning: text(code, code) })),
  }
}
