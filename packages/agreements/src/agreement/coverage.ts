import {
  type Agreement,
  type Digest,
  featuresOf,
  type Recipe,
  Refusal,
  type TableFeature,
  type TableSchema,
} from '@consort/protocol'

/**
 * Checks that the terms cover a run of this recipe: its name and digest, its data set, every field with its kind and
 * codes, the classes, and the privacy asked for. Throws `agreement-refused` with the path in the recipe (in the
 * agreement, for privacy).
 */
export function checkCoverage(
  agreement: Agreement,
  { recipe, digest }: { recipe: Recipe; digest: Digest },
): void {
  checkPrivacy(agreement, recipe)
  checkName(agreement, recipe.name, digest)
  const schema = agreement.data.find(({ dataset }) => dataset === recipe.dataset)
  if (schema === undefined) {
    const agreed = agreement.data.map(({ dataset }) => dataset)
    throw refusal('dataset', `The data set ${recipe.dataset} is not in the agreement`, listing(agreed))
  }
  const features = featuresOf(recipe.input)
  if (features.length === 0) {
    const why = `The recipe takes ${recipe.input.kind}, the agreement lets runs use ${schema.dataset} as a table`
    throw refusal('input.kind', why, listing(namesOf(schema)))
  }
  checkFeatures(schema, features)
  checkTask(schema, recipe)
}

/** Checks that this member's agents may answer with the model. Throws `agreement-refused`. */
export function checkUse({ use }: Agreement, memberName: string): void {
  if (use.includes(memberName)) return
  throw refusal(
    'use',
    `The agreement does not let the agents of ${memberName} answer with the model`,
    `${listing(use)} An amendment can add a partner.`,
  )
}

/** What ε a run comes to depends on how many records a partner has: each node checks that bound for itself. */
function checkPrivacy({ privacy: { secureAggregation, epsilonMax } }: Agreement, { privacy }: Recipe): void {
  if (secureAggregation && !privacy.secureAggregation) {
    const why = 'The agreement asks for secure aggregation, and the recipe does without'
    throw refusal(
      'privacy.secureAggregation',
      why,
      'Write `privacy: { secureAggregation: true }` in the recipe.',
    )
  }
  if (epsilonMax !== null && !privacy.differentialPrivacy) {
    const why = `The agreement bounds the privacy loss by ε = ${epsilonMax}, and the recipe has no differential privacy`
    throw refusal('privacy.differentialPrivacy', why, 'Name a clip and a noise multiplier there.')
  }
}

function checkName({ recipes }: Agreement, name: string, digest: Digest): void {
  const listed = recipes.find(recipe => recipe.name === name)
  if (listed === undefined) {
    const agreed = recipes.map(recipe => recipe.name)
    throw refusal('name', `The recipe ${name} is not in the agreement`, listing(agreed))
  }
  if (listed.digest !== undefined && listed.digest !== digest) {
    throw refusal(
      'name',
      `The recipe ${name} has the digest ${digest}, the agreement covers ${listed.digest} only`,
      'Use the recipe as it was agreed, or have the agreement amended.',
    )
  }
}

function checkFeatures(schema: TableSchema, features: readonly TableFeature[]): void {
  const fields = new Map(schema.fields.map(field => [field.name, field]))
  for (const [index, feature] of features.entries()) {
    const path = `input.features[${index}]`
    if (feature.name === schema.label.name) {
      const why = `${feature.name} is what is to be predicted, and cannot be a feature too`
      throw refusal(`${path}.name`, why, 'Take it out of the features.')
    }
    const field = fields.get(feature.name)
    if (field === undefined) {
      const why = `${feature.name} is not among the fields of ${schema.dataset} that runs may use`
      throw refusal(`${path}.name`, why, listing([...fields.keys()]))
    }
    if (field.kind !== feature.kind) {
      const why = `${feature.name} is agreed as a ${field.kind}, the recipe takes it as a ${feature.kind}`
      throw refusal(`${path}.kind`, why, `Write \`kind: ${field.kind}\`.`)
    }
    if (field.kind === 'category') checkValues(feature, codesOf(field), path)
  }
}

function checkValues(feature: TableFeature, codes: readonly string[], path: string): void {
  if (feature.kind !== 'category') return
  const index = feature.values.findIndex(value => !codes.includes(value))
  if (index < 0) return
  const why = `${feature.values[index]} is not among the codes of ${feature.name}`
  throw refusal(`${path}.values[${index}]`, why, listing(codes))
}

function checkTask({ label }: TableSchema, { task }: Recipe): void {
  const codes = codesOf(label)
  if (task.kind === 'regression') {
    const why = `The recipe learns numbers, what is agreed to be predicted is the category ${label.name}`
    throw refusal('task.kind', why, `Write \`kind: classification\`. ${listing(codes)}`)
  }
  const index = task.classes.findIndex(name => !codes.includes(name))
  if (index < 0) return
  const why = `The class ${task.classes[index]} is not among the codes of ${label.name}`
  throw refusal(`task.classes[${index}]`, why, listing(codes))
}

function codesOf(field: TableSchema['label']): string[] {
  return field.codes.map(({ code }) => code)
}

function namesOf(schema: TableSchema): string[] {
  return schema.fields.map(({ name }) => name)
}

function listing(names: readonly string[]): string {
  const namedMax = 12
  const more = names.length > namedMax ? ` and ${names.length - namedMax} more` : ''
  return `The agreement lists: ${names.slice(0, namedMax).join(', ')}${more}.`
}

function refusal(path: string, message: string, hint: string): Refusal {
  return new Refusal('agreement-refused', message, { path, hint })
}
