import type { Problem } from '@consort/protocol'
import type { ServedModels } from './served-models.ts'

/** What of an HTTP request a face looks at. */
export interface FaceRequest {
  /** Parts of the path by name, decoded. */
  readonly params: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Uint8Array
}

export interface FaceResponse {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

/** Who may call a route: anyone, who learns nothing of the models, or whoever has a key of an application. */
export type FaceRoute =
  | RouteFor<'public', Pick<ServedModels, 'version'>>
  | RouteFor<'application', ServedModels>

interface RouteFor<Access, Served> {
  readonly method: 'GET' | 'POST'
  /** With `:name` for what varies. */
  readonly path: string
  readonly access: Access
  /** Throws refusals; the face says how they look. */
  readonly answer: (request: FaceRequest, served: Served) => Promise<FaceResponse> | FaceResponse
}

/**
 * How agents look to the clients of one protocol that others have made: from requests to responses, and nothing else.
 */
export interface Face {
  readonly name: string
  readonly routes: readonly FaceRoute[]
  /** A problem in the form in which clients of this protocol expect it. */
  readonly refuse: (problem: Problem) => FaceResponse
}

export function jsonResponse(value: unknown, status = 200): FaceResponse {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}
