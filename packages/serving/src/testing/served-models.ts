import { type CaseRecord, parseRecipe, Refusal } from '@consort/protocol'
import type { Face, FaceRequest, FaceResponse } from '../faces/face.ts'
import type { AskedRow, ServedModel, ServedModels } from '../faces/served-models.ts'

const task = { kind: 'classification', classes: ['well', 'ill'] } as const
const base = { recipe: 1, name: 'wards', dataset: 'wards', task, model: { kind: 'logistic' } } as const

/** A table with a number that may be missing and a category, and pictures of 2 × 2 pixels. */
const models: ServedModel[] = [
  {
    name: 'triage',
    version: 'ver_0000000000000001',
    since: '2026-01-01T00:00:00.000Z',
    recipe: parseRecipe({
      ...base,
      input: {
        kind: 'table',
        features: [
          { name: 'age', kind: 'number', center: 50, scale: 10, missing: 'center' },
          { name: 'ward', kind: 'category', values: ['a', 'b'] },
        ],
      },
    }),
  },
  {
    name: 'digits',
    version: 'ver_0000000000000002',
    since: '2026-01-01T00:00:00.000Z',
    recipe: parseRecipe({ ...base, input: { kind: 'images', height: 2, width: 2 } }),
  },
]

export interface FakeServed extends ServedModels {
  /** What was asked, in order. */
  readonly asked: { readonly model: string; readonly rows: readonly AskedRow[] }[]
  readonly records: () => Promise<CaseRecord[]>
}

/**
 * Models that say what they were asked: the class is `ill` with probability 0.75 and deferred where the first number is
 * over 1.
 */
export function fakeServed(): FakeServed {
  const asked: FakeServed['asked'] = []
  const served: FakeServed = {
    version: '1.2.3',
    asked,
    records: async () => await Promise.all(asked.flatMap(({ rows }) => rows).map(row => row.record())),
    models: async () => models,
    async model(name) {
      const found = models.find(model => model.name === name)
      if (found) return found
      throw new Refusal('not-found', `There is no agent named ${name} here`, { hint: 'Ask the operator.' })
    },
    async ask(model, rows) {
      asked.push({ model, rows })
      return rows.map(({ input }, index) => ({
        caseId: `cas_${String(index).padStart(16, '0')}`,
        state: input[0]! > 1 ? 'deferred' : 'answered',
        class: 'ill',
        probabilities: [0.25, 0.75],
      }))
    },
    async embed(model, inputs) {
      asked.push({
        model,
        rows: inputs.map(input => ({ input, record: () => ({ kind: 'row', cells: {} }) })),
      })
      return inputs.map(input => input.map(value => value / 2))
    },
  }
  return served
}

/** Finds the route for a call such as `POST /v2/models/triage/infer` and answers it, refusals included. */
export async function callFace(
  face: Face,
  served: ServedModels,
  target: string,
  { headers = {}, body = '' }: { headers?: FaceRequest['headers']; body?: string | Uint8Array } = {},
): Promise<FaceResponse> {
  const [method, path = ''] = target.split(' ')
  for (const route of face.routes) {
    const pattern = new RegExp(`^${route.path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`)
    const match = pattern.exec(path)
    if (route.method !== method || !match) continue
    try {
      return await route.answer({ params: { ...match.groups }, headers, body: Buffer.from(body) }, served)
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      const { code, message: detail, hint, path: place } = error
      const problem = {
        type: '',
        status: 400,
        code,
        detail,
        ...(hint && { hint }),
        ...(place && { path: place }),
      }
      return face.refuse(problem)
    }
  }
  throw new Error(`no route for ${target}`)
}
