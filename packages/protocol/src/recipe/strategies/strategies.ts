import { z } from 'zod'
import { fedavg } from './fedavg/fedavg.ts'
import { fedprox } from './fedprox/fedprox.ts'
import type { LocalTerms } from './strategy.ts'

export const strategySchema = z.discriminatedUnion('kind', [fedavg.schema, fedprox.schema])
export type StrategySpec = z.infer<typeof strategySchema>

type Specs = { readonly [Kind in StrategySpec['kind']]: Extract<StrategySpec, { kind: Kind }> }

/** Every strategy. One that the schema above knows and this table lacks does not compile. */
const strategies: {
  readonly [Kind in keyof Specs]: { readonly localTerms: (spec: Specs[Kind]) => LocalTerms }
} = { fedavg, fedprox }

/** What the strategy of a recipe asks of a partner's training. */
export function localTermsOf(spec: StrategySpec): LocalTerms {
  return termsOf(spec.kind, spec)
}

function termsOf<Kind extends keyof Specs>(kind: Kind, spec: Specs[Kind]): LocalTerms {
  return strategies[kind].localTerms(spec)
}
