import { unionByKind } from '@consort/basics'
import type { z } from 'zod'
import { fedavg } from './fedavg/fedavg.ts'
import { fedprox } from './fedprox/fedprox.ts'
import type { LocalTerms } from './strategy.ts'

/** Every strategy, by the kind under which a recipe names it. A new one adds its line here. */
const strategies = { fedavg, fedprox }

export const strategySchema = unionByKind(Object.values(strategies).map(({ schema }) => schema))
export type StrategySpec = z.infer<typeof strategySchema>

type Specs = { readonly [Kind in keyof typeof strategies]: z.output<(typeof strategies)[Kind]['schema']> }

/** The same table for those who ask it. A strategy that stands under another name than its own does not compile. */
const strategiesByKind: {
  readonly [Kind in StrategySpec['kind']]: { readonly localTerms: (spec: Specs[Kind]) => LocalTerms }
} = strategies

/** What the strategy of a recipe asks of a partner's training. */
export function localTermsOf(spec: StrategySpec): LocalTerms {
  return termsOf(spec.kind, spec)
}

function termsOf<Kind extends keyof Specs>(kind: Kind, spec: Specs[Kind]): LocalTerms {
  return strategiesByKind[kind].localTerms(spec)
}
