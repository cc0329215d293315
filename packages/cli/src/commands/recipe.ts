import { existsSync, readFileSync } from 'node:fs'
import {
  featuresOf,
  hubEndpoints,
  type PresetName,
  parseRecipe,
  presetNames,
  presetRecipe,
  type Recipe,
  Refusal,
} from '@consort/protocol'
import { trainedParts } from '@consort/train'
import { parse, stringify } from 'yaml'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withHub } from '../session.ts'

/** A recipe by the path of a YAML or JSON file, or by the name of one that comes with Consort. */
export function loadRecipe(nameOrPath: string): Recipe {
  if (isPreset(nameOrPath) && !existsSync(nameOrPath)) return presetRecipe(nameOrPath)
  let value: unknown
  try {
    value = parse(readFileSync(nameOrPath, 'utf8'))
  } catch (cause) {
    throw new Refusal(
      'recipe-invalid',
      `${nameOrPath} is neither a readable YAML or JSON file nor the name of a recipe`,
      {
        hint: `Names are: ${presetNames.join(', ')}.`,
        cause,
      },
    )
  }
  const recipe = parseRecipe(value)
  trainedParts(recipe)
  return recipe
}

function isPreset(name: string): name is PresetName {
  return (presetNames as string[]).includes(name)
}

/** Prints the recipes that come with Consort. */
export function listRecipes(session: Session): void {
  const { say, terminal } = session
  const recipes = presetNames.map(name => ({ name, recipe: presetRecipe(name) }))
  printResult(terminal, presetNames, () =>
    formatTable(
      terminal,
      [say.word.recipe, say.word.dataset, say.word.model],
      recipes.map(({ name, recipe }) => [name, recipe.dataset, recipe.model.kind]),
    ),
  )
}

/** Prints a recipe that comes with Consort, as YAML to begin with. */
export function showRecipe(session: Session, name: string): void {
  const recipe = loadRecipe(name)
  printResult(session.terminal, recipe, () => stringify(recipe).trimEnd())
}

/** Checks a recipe file, and prints how many weights its model has. */
export function checkRecipe(session: Session, path: string): void {
  const recipe = loadRecipe(path)
  const parameters = trainedParts(recipe).layout.size
  printResult(session.terminal, { name: recipe.name, parameters }, () =>
    session.say.recipeValid(recipe.name, parameters),
  )
}

/** The recipe with center and scale of its number features as they are over all partners' records. */
export async function standardiseRecipe(session: Session, nameOrPath: string): Promise<void> {
  const recipe = loadRecipe(nameOrPath)
  const params = { dataset: recipe.dataset }
  const { partners, fields, survey } = await withHub(session, call =>
    call(hubEndpoints.getScales, { params }),
  )
  const { input } = recipe
  const columns = featuresOf(input)
  if (columns.length === 0) throw new Refusal('recipe-invalid', 'Only tables are standardised by field')
  const features = columns.map(feature => {
    const scale = fields.find(({ field }) => field === feature.name)
    if (feature.kind !== 'number' || !scale || scale.deviation === 0) return feature
    return { ...feature, center: rounded(scale.mean), scale: rounded(scale.deviation) }
  })
  const standardised = parseRecipe({ ...recipe, input: { ...input, features } })
  note(session.terminal, session.say.standardised(partners.join(session.say.comma), survey !== null))
  printResult(session.terminal, standardised, () => stringify(standardised).trimEnd())
}

/** Six significant digits say all that a center or a scale has to. */
function rounded(value: number): number {
  return Number(value.toPrecision(6))
}
