import { existsSync, readFileSync } from 'node:fs'
import {
  type PresetName,
  parseRecipe,
  presetNames,
  presetRecipe,
  type Recipe,
  Refusal,
} from '@consort/protocol'
import { planModel } from '@consort/train'
import { parse, stringify } from 'yaml'
import { formatTable, printResult } from '../output/terminal.ts'
import type { Session } from '../session.ts'

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
  planModel(recipe)
  return recipe
}

function isPreset(name: string): name is PresetName {
  return (presetNames as string[]).includes(name)
}

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

export function showRecipe(session: Session, name: string): void {
  const recipe = loadRecipe(name)
  printResult(session.terminal, recipe, () => stringify(recipe).trimEnd())
}

export function checkRecipe(session: Session, path: string): void {
  const recipe = loadRecipe(path)
  const parameters = planModel(recipe).layout.size
  printResult(session.terminal, { name: recipe.name, parameters }, () =>
    session.say.recipeValid(recipe.name, parameters),
  )
}
