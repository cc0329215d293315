import { attackCanaries } from './canaries/attack-canaries.ts'
import { attackUpdates } from './inversion/attack-updates.ts'
import { attackAnswers } from './label-only/attack-answers.ts'
import { attackModels } from './membership/attack-models.ts'

/** Each says in lines what it found. */
const attacks: Readonly<Record<string, () => Promise<readonly string[]>>> = {
  inversion: attackUpdates,
  canaries: attackCanaries,
  membership: attackModels,
  'label-only': attackAnswers,
}

/** `npm run attack`: all of them; `npm run attack -- inversion`: one. */
async function main(names: readonly string[]): Promise<number> {
  const unknown = names.find(name => !Object.hasOwn(attacks, name))
  if (unknown !== undefined) {
    console.error(`There is no attack named ${unknown}. There are: ${Object.keys(attacks).join(', ')}.`)
    return 2
  }
  for (const [name, attack] of Object.entries(attacks)) {
    if (names.length > 0 && !names.includes(name)) continue
    console.log(`\n${name}`)
    for (const line of await attack()) console.log(`  ${line}`)
  }
  return 0
}

process.exitCode = await main(process.argv.slice(2))
