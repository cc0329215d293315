import type { Problem } from '@consort/protocol'
import { type Face, type FaceResponse, jsonResponse } from '../face.ts'
import type { ServedModel } from '../served-models.ts'
import { embeddings } from './embeddings.ts'

/**
 * Agents as models of the OpenAI API, as far as it fits models that are no language models: which ones there are, and
 * embeddings of records.
 */
export const openAi: Face = {
  name: 'openai',
  routes: [
    {
      method: 'GET',
      path: '/v1/models',
      access: 'application',
      answer: async (_, served) =>
        jsonResponse({ object: 'list', data: (await served.models()).map(modelObject) }),
    },
    {
      method: 'GET',
      path: '/v1/models/:model',
      access: 'application',
      answer: async ({ params }, served) => jsonResponse(modelObject(await served.model(params.model!))),
    },
    { method: 'POST', path: '/v1/embeddings', access: 'application', answer: embeddings },
  ],
  refuse,
}

function modelObject({ name, since }: ServedModel): object {
  return { id: name, object: 'model', created: Math.floor(Date.parse(since) / 1000), owned_by: 'consort' }
}

function refuse({ status, code, detail, hint, path }: Problem): FaceResponse {
  const message = hint ? `${detail}. ${hint}` : detail
  const type = status >= 500 ? 'server_error' : 'invalid_request_error'
  return jsonResponse({ error: { message, type, param: path ?? null, code } }, status)
}
