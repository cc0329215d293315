import { availableParallelism } from 'node:os'
import { type Digest, digestSchema, modelKinds, pathOf, type Recipe, Refusal } from '@consort/protocol'
import { parse } from 'yaml'
import { z } from 'zod'
import { consultPolicySchema } from './consult-policy.ts'
import { type PolicyPlace, readPolicyText } from './policy-text.ts'
import { privacyPolicySchema } from './privacy-policy.ts'

const argument = z
  .string()
  .min(1)
  .refine(text => !text.includes('\0'), 'holds a zero byte')

/** A program of the partner's own that trains instead of the built-in engine. See docs/trainers.md. */
const trainerSchema = z.strictObject({
  /** Its argv, never a shell string; relative paths are seen from the policy file's folder. */
  command: z.array(argument).min(1),
  /** Who runs it; only a node that runs as root can choose. */
  user: z
    .string()
    .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,31}$/, 'the name of a user')
    .optional(),
  /** The most private memory that each of its processes may write to, in MiB. */
  memoryMaxMb: z.int().min(16).max(16_777_216).optional(),
  /** The most processor time of each of its processes, in seconds. */
  cpuSecondsMax: z.int().min(1).max(31_536_000).optional(),
  /** Names of the recipes that it trains, all when absent; the built-in engine trains the others. */
  recipes: z.array(z.string()).optional(),
})
export type TrainerPolicy = z.infer<typeof trainerSchema>

const clockTime = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "20:00"')

/**
 * What this site allows, whatever the hub asks. Everything is optional; without a file, any recipe may run at any time.
 */
const policySchema = z.strictObject({
  /** Only recipes that match one of these entries in all that it says. */
  recipes: z
    .array(
      z.strictObject({
        name: z.string().optional(),
        digest: digestSchema.optional(),
        model: z.enum(modelKinds).optional(),
        dataset: z.string().optional(),
      }),
    )
    .optional(),
  /** The most epochs that one round may ask for. */
  epochsMax: z.int().min(0).optional(),
  work: z
    .strictObject({
      train: z.boolean().default(true),
      evaluate: z.boolean().default(true),
      survey: z.boolean().default(true),
    })
    .prefault({}),
  cpu: z
    .strictObject({ threads: z.int().min(1).max(256) })
    .prefault({ threads: Math.min(availableParallelism(), 4) }),
  trainer: trainerSchema.optional(),
  privacy: privacyPolicySchema.prefault({}),
  /** Nothing is asked of other partners, and nobody is answered, by default. */
  consult: consultPolicySchema.prefault({}),
  /** Local time; may go over midnight. Outside, the node asks for no work. */
  hours: z.strictObject({ from: clockTime, to: clockTime }).optional(),
})
export type Policy = z.infer<typeof policySchema>

/** Reads the policy anew for every use, so that an edit holds from the next task on. */
export interface PolicyFile {
  readonly path: string
  /**
   * Throws `policy-refused` when the file cannot be found, read or understood where there should be one: it allows
   * nothing.
   */
  read(): Policy
}

/** The policy at a place; a bare path is that of a file which may be absent. */
export function openPolicy(at: PolicyPlace | string): PolicyFile {
  const place = typeof at === 'string' ? { path: at, isNamed: false } : at
  const { path } = place
  return {
    path,
    read() {
      const text = readPolicyText(place)
      if (text === undefined) return policySchema.parse({})
      const refuse = (why: string, cause?: unknown): Refusal =>
        new Refusal('policy-refused', `${path}: ${why}`, {
          hint: 'Until it is mended this node does no work. See docs/policy.md.',
          cause,
        })
      let value: unknown
      try {
        value = parse(text)
      } catch (cause) {
        throw refuse('not readable as YAML', cause)
      }
      if (value === null && place.isNamed) throw emptyRefusal(path)
      value ??= {}
      const result = policySchema.safeParse(value)
      if (result.success) return result.data
      const [issue] = result.error.issues
      throw refuse(`${pathOf(issue!)}: ${issue!.message}`)
    },
  }
}

/** Whoever names a file wants rules: one that was emptied, cut or never filled is not taken for permission. */
function emptyRefusal(path: string): Refusal {
  return new Refusal('policy-refused', `CONSORT_POLICY_FILE: ${path} holds no rules`, {
    hint: 'Until it does this node does no work. Write `{}` there to allow everything. See docs/policy.md.',
  })
}

/** Throws `policy-refused` for what the policy does not cover. */
export function checkPolicy(
  policy: Policy,
  asked: { recipe: Recipe; digest: Digest; work: 'train' | 'evaluate' },
): void {
  const refuse = (why: string): Refusal =>
    new Refusal('policy-refused', why, { hint: 'The owner of this node decides: see its policy file.' })
  const { recipe, digest, work } = asked
  if (!policy.work[work]) throw refuse(`This node does not ${work}`)
  const isCovered =
    policy.recipes === undefined ||
    policy.recipes.some(
      rule =>
        (rule.name ?? recipe.name) === recipe.name &&
        (rule.digest ?? digest) === digest &&
        (rule.model ?? recipe.model.kind) === recipe.model.kind &&
        (rule.dataset ?? recipe.dataset) === recipe.dataset,
    )
  if (!isCovered) throw refuse(`The recipe ${recipe.name} is not among those that this node allows`)
  if (policy.epochsMax !== undefined && recipe.federation.localEpochs > policy.epochsMax) {
    throw refuse(
      `${recipe.federation.localEpochs} epochs a round are more than the ${policy.epochsMax} that this node allows`,
    )
  }
}

/** The program that trains this recipe here; undefined when the built-in engine does. */
export function trainerFor({ trainer }: Policy, recipe: Pick<Recipe, 'name'>): TrainerPolicy | undefined {
  const isCovered = trainer?.recipes?.includes(recipe.name) ?? true
  return isCovered ? trainer : undefined
}

/** Milliseconds until the policy's hours begin; 0 when they have. */
export function msUntilHours({ hours }: Policy, now: Date): number {
  if (hours === undefined) return 0
  const minuteOf = (text: string): number => Number(text.slice(0, 2)) * 60 + Number(text.slice(3))
  const [from, to] = [minuteOf(hours.from), minuteOf(hours.to)]
  const minute = now.getHours() * 60 + now.getMinutes()
  const isInside = from <= to ? minute >= from && minute < to : minute >= from || minute < to
  if (isInside) return 0
  const day = 24 * 60
  return ((from - minute + day) % day) * 60_000 - now.getSeconds() * 1000
}
