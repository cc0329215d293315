import {
  type Agreement,
  type CategoryField,
  type Field,
  type NumberField,
  type Question,
  type QuestionOf,
  Refusal,
  type Survey,
  type TableSchema,
} from '@consort/protocol'

/** Bins of a histogram are no narrower than this share of the field's agreed range. */
const binShareMin = 0.01
/** Bins that are asked for where nobody says which. */
const binsUsual = 20

/**
 * Checks that the terms let nodes answer these questions: moments over the very range that was agreed on, histograms
 * with edges inside it that are not too close, and shares of agreed codes. Throws `agreement-refused` with the path of
 * the question.
 */
export function checkSurvey(agreement: Agreement, survey: Pick<Survey, 'dataset' | 'questions'>): void {
  const { dataset, questions } = survey
  if (agreement.statistics === false) {
    throw refusal(
      'statistics',
      'The agreement lets nobody tell statistics',
      'Terms with `statistics: { secureSum: true }` let nodes answer surveys.',
    )
  }
  const fields = fieldsOf(agreement, dataset)
  for (const [index, question] of questions.entries()) {
    const fault = faultOf(question, fields)
    if (fault !== undefined) throw refusal(`questions[${index}]`, fault.message, fault.hint)
  }
}

/**
 * Mean and spread, and twenty equal bins, of each number field; how often each code of each category occurs. Throws
 * `agreement-refused` for a data set that was not agreed on.
 */
export function usualQuestions(agreement: Agreement, dataset: string): Question[] {
  return fieldsOf(agreement, dataset).flatMap((field): Question[] => {
    if (field.kind === 'category')
      return [{ kind: 'candidates', field: field.name, candidates: codesOf(field) }]
    const { name, min, max } = field
    const edges = Array.from(
      { length: binsUsual + 1 },
      (_, bin) => (min * (binsUsual - bin) + max * bin) / binsUsual,
    )
    return [
      { kind: 'moments', field: name, min, max, steps: 4096 },
      { kind: 'histogram', field: name, edges },
    ]
  })
}

function fieldsOf({ data }: Agreement, dataset: string): Field[] {
  const schema: TableSchema | undefined = data.find(candidate => candidate.dataset === dataset)
  if (schema) return [...schema.fields, schema.label]
  throw refusal(
    'dataset',
    `The data set ${dataset} is not in the agreement`,
    `The agreement lists: ${data.map(known => known.dataset).join(', ')}.`,
  )
}

interface Fault {
  readonly message: string
  readonly hint: string
}

function faultOf(question: Question, fields: readonly Field[]): Fault | undefined {
  const field = fields.find(({ name }) => name === question.field)
  if (!field) {
    return {
      message: `${question.field} is not among the agreed fields`,
      hint: `The agreement lists: ${fields.map(({ name }) => name).join(', ')}.`,
    }
  }
  switch (question.kind) {
    case 'moments':
      return field.kind === 'number' ? faultOfMoments(question, field) : otherKind(field)
    case 'histogram':
      return field.kind === 'number' ? faultOfEdges(question, field) : otherKind(field)
    case 'candidates':
      return field.kind === 'category' ? faultOfCandidates(question, field) : otherKind(field)
    case 'buckets':
      return {
        message: `The codes of ${field.name} are agreed, and need no buckets`,
        hint: 'Ask how often each code occurs: `kind: candidates`.',
      }
  }
}

function otherKind({ name, kind }: Field): Fault {
  return {
    message: `${name} is agreed as a ${kind}`,
    hint: 'Ask for moments and histograms of numbers, and for candidates of categories.',
  }
}

/** Other bounds would cut the values elsewhere: together such questions spell out where the values lie. */
function faultOfMoments({ min, max }: QuestionOf<'moments'>, field: NumberField): Fault | undefined {
  if (min === field.min && max === field.max) return undefined
  return {
    message: `The moments of ${field.name} are asked for over ${min} to ${max}, and ${field.min} to ${field.max} was agreed on`,
    hint: `Write \`min: ${field.min}, max: ${field.max}\`.`,
  }
}

function faultOfEdges({ edges }: QuestionOf<'histogram'>, field: NumberField): Fault | undefined {
  const narrowest = (field.max - field.min) * binShareMin
  const isNarrow = edges.some((edge, index) => index > 0 && edge - edges[index - 1]! < narrowest * (1 - 1e-9))
  const isInside = edges[0]! >= field.min && edges.at(-1)! <= field.max
  if (isInside && !isNarrow) return undefined
  return {
    message: isInside
      ? `Bins of ${field.name} are narrower than ${narrowest}, a hundredth of its range`
      : `Edges of ${field.name} lie outside ${field.min} to ${field.max}`,
    hint: 'Take fewer bins, within the agreed range; values beyond the outer edges count in the outer bins.',
  }
}

function faultOfCandidates(
  { candidates }: QuestionOf<'candidates'>,
  field: CategoryField,
): Fault | undefined {
  const codes = codesOf(field)
  const stranger = candidates.find(candidate => !codes.includes(candidate))
  if (stranger === undefined) return undefined
  return {
    message: `${stranger} is not among the codes of ${field.name}`,
    hint: `The agreement lists: ${codes.join(', ')}.`,
  }
}

function codesOf({ codes }: CategoryField): string[] {
  return codes.map(({ code }) => code)
}

function refusal(path: string, message: string, hint: string): Refusal {
  return new Refusal('agreement-refused', message, { path, hint })
}
