import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  type AgreementTerms,
  type Caller,
  hubEndpoints,
  type MemberMessage,
  type Question,
  Refusal,
  type SurveyView,
} from '@consort/protocol'
import { type Network, type NetworkOptions, openPrepared } from './network.ts'

export const partners = ['a', 'b', 'c', 'd']
/** Of each partner; how many rows. */
const rowsOf: Record<string, number> = { a: 60, b: 83, c: 120, d: 71, e: 90 }
/** Alike in all but the name: a survey of one says nothing about surveys of another. */
const datasets = ['plane', 'space', 'globe']

const text = (en: string) => ({ en, zh: '测试' })
const category = (name: string, values: string[]) =>
  ({
    kind: 'category',
    name,
    meaning: text(name),
    codes: values.map(code => ({ code, meaning: text(code) })),
  }) as const

export const surveyTerms: AgreementTerms = {
  purpose: text('to standardise alike'),
  data: datasets.map(dataset => ({
    dataset,
    fields: [
      { kind: 'number', name: 'x', meaning: text('x'), unit: '1', min: 0, max: 4096 },
      { kind: 'number', name: 'y', meaning: text('y'), unit: '1', min: 0, max: 100 },
      category('sex', ['f', 'm', 'rare']),
    ],
    label: category('state', ['well', 'ill']),
  })),
  statistics: { secureSum: true },
  recipes: [{ name: 'plane' }],
  privacy: { secureAggregation: false, epsilonMax: null },
  use: partners,
  retrainAfterExamples: null,
  benefit: { currency: 'EUR', answerPrice: 1, rule: { kind: 'by-examples' } },
}

export const categories: Question[] = [
  { kind: 'candidates', field: 'sex', candidates: ['f', 'm', 'rare'] },
  { kind: 'candidates', field: 'state', candidates: ['well', 'ill'] },
]

export interface Row {
  readonly x: number
  /** Nothing is recorded in every fifth row, and nothing at all at c and d. */
  readonly y: number | null
  readonly sex: string
  readonly state: string
}

/** A partner's records, different for each: whole numbers, so that sums are exact. */
export function recordsOf(name: string, rows = rowsOf[name]!): Row[] {
  const seed = partners.indexOf(name) + 1
  const isSparse = name === 'c' || name === 'd'
  return Array.from({ length: rows }, (_, row) => ({
    x: (seed * 811 + row * row * 37 + row * seed) % 4097,
    y: isSparse || row % 5 === 0 ? null : (row * 7 + seed) % 100,
    sex: row === 7 && name === 'b' ? 'rare' : row % 3 === 0 ? 'm' : 'f',
    state: (row * seed) % 4 === 0 ? 'ill' : 'well',
  }))
}

/**
 * Partners under terms for surveys, four where no others are named, each with the same records as every one of these
 * data sets.
 */
export async function openSurveyed(
  names: readonly string[],
  options: NetworkOptions = {},
  members: readonly string[] = partners,
): Promise<Network> {
  return await openPrepared(async network => {
    for (const name of members) await network.join(name)
    await network.signRoster()
    await network.agree(surveyTerms)
    for (const dataset of names) await Promise.all(members.map(name => register(network, name, dataset)))
  }, options)
}

export async function register(
  network: Network,
  name: string,
  dataset: string,
  rows: readonly Row[] = recordsOf(name),
): Promise<void> {
  const at = (file: string): string => join(network.directory, `${name}-${dataset}.${file}`)
  const lines = rows.map(({ x, y, sex, state }) => `${x},${y ?? ''},${sex},${state}`)
  writeFileSync(at('csv'), `X,Y,Sex,State\n${lines.join('\n')}\n`)
  const own = (...codes: string[]) => Object.fromEntries(codes.map(code => [code, code]))
  const mapping = {
    mapping: 1,
    dataset,
    fields: {
      x: { column: 'X', unit: '1' },
      y: { column: 'Y', unit: '1' },
      sex: { column: 'Sex', codes: own('f', 'm', 'rare') },
    },
    label: { column: 'State', codes: own('well', 'ill') },
  }
  writeFileSync(at('yaml'), JSON.stringify(mapping))
  const source = { kind: 'mapped', path: at('csv'), mapping: at('yaml') } as const
  await network.addDataset(name, { dataset, source, validation: 0 })
}

export interface Asked {
  readonly questions?: Question[]
  readonly epsilon?: number
  readonly stepWithinSeconds?: number
}

export async function start({ operator }: Network, dataset: string, asked: Asked = {}): Promise<SurveyView> {
  const body = { dataset, stepWithinSeconds: 600, ...asked, idempotencyKey: crypto.randomUUID() }
  return await operator(hubEndpoints.createSurvey, { body })
}

export async function awaitSurvey({ operator }: Network, { id }: SurveyView): Promise<SurveyView> {
  for (;;) {
    const view = await operator(hubEndpoints.getSurvey, { params: { survey: id }, query: { wait: 5 } })
    if (view.state !== 'open') return view
  }
}

export async function ask(network: Network, dataset: string, asked: Asked = {}): Promise<SurveyView> {
  return await awaitSurvey(network, await start(network, dataset, asked))
}

/**
 * From its message of this kind on, the node no longer reaches the hub about any survey; or no longer until `mended`.
 */
export function muteSurvey(
  kind: MemberMessage['kind'],
  heard: () => void = () => {},
  mended: () => boolean = () => false,
) {
  let isMute = false
  return (call: Caller): Caller =>
    (async (endpoint, input, options) => {
      const which = endpoint as unknown
      const message = (input as { body?: MemberMessage } | undefined)?.body
      if (which === hubEndpoints.sendSurveyMessage && message?.kind === kind) {
        isMute = true
        heard()
      }
      const isAbout = which === hubEndpoints.sendSurveyMessage || which === hubEndpoints.getSurveyMessage
      if (isMute && isAbout && !mended()) throw new Refusal('unreachable', 'the line is cut')
      return await call(endpoint, input as never, options)
    }) as Caller
}

/** An owner who lets no survey be answered. */
export function forbidSurveys({ directory }: Network, name: string): void {
  writeFileSync(join(directory, name, 'policy.yaml'), 'cpu: { threads: 1 }\nwork: { survey: false }\n')
}
