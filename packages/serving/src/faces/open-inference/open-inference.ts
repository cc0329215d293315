import { Refusal } from '@consort/protocol'
import { recordRows } from '@consort/records'
import { type Face, type FaceRequest, type FaceResponse, type FaceRoute, jsonResponse } from '../face.ts'
import type { ServedModel, ServedModels } from '../served-models.ts'
import { modelMetadata } from './metadata.ts'
import { createInferReader, type ReadInferRequest } from './read-request.ts'
import { inferResponse, wantedOutputs } from './write-response.ts'

/**
 * Agents as models of the Open Inference Protocol, version 2, over REST (kserve.github.io, `open-inference-protocol`),
 * with Triton's binary tensor data extension: what the protocol's stock clients speak.
 */
export const openInference: Face = createFace(createInferReader())

function createFace(readRequest: ReadInferRequest): Face {
  return {
    name: 'open-inference',
    routes: [
      {
        method: 'GET',
        path: '/v2/health/live',
        access: 'public',
        answer: () => jsonResponse({ live: true }),
      },
      {
        method: 'GET',
        path: '/v2/health/ready',
        access: 'public',
        answer: () => jsonResponse({ ready: true }),
      },
      { method: 'GET', path: '/v2', access: 'public', answer: (_, served) => serverMetadata(served) },
      ...ofModel('GET', '', async (_, __, model) => jsonResponse(await modelMetadata(model))),
      ...ofModel('GET', '/ready', async (_, __, { name }) => jsonResponse({ name, ready: true })),
      ...ofModel('POST', '/infer', async (request, served, model) => {
        const asked = readRequest(request)
        wantedOutputs(asked)
        const rows = await recordRows(asked.inputs, model.recipe)
        return inferResponse(model, asked, await served.ask(model.name, rows))
      }),
    ],
    refuse: ({ status, detail, hint }) =>
      jsonResponse({ error: hint ? `${detail}. ${hint}` : detail }, status),
  }
}

function serverMetadata({ version }: Pick<ServedModels, 'version'>): FaceResponse {
  return jsonResponse({ name: 'consort', version, extensions: ['binary_tensor_data'] })
}

type OfModel = (request: FaceRequest, served: ServedModels, model: ServedModel) => Promise<FaceResponse>

/** A route about a model, and the same about one version of it: there is but the one that the agent serves. */
function ofModel(method: FaceRoute['method'], end: string, answer: OfModel): FaceRoute[] {
  const answerChecked = async (request: FaceRequest, served: ServedModels): Promise<FaceResponse> => {
    const { model: name, version } = request.params
    const model = await served.model(name!)
    if (version === undefined || version === model.version) return await answer(request, served, model)
    throw new Refusal('not-found', `${model.name} does not serve version ${version}`, {
      hint: `It serves ${model.version}; leave the version out to be served whichever it is.`,
      path: 'version',
    })
  }
  return ['/v2/models/:model', '/v2/models/:model/versions/:version'].map(path => ({
    method,
    path: `${path}${end}`,
    access: 'application',
    answer: answerChecked,
  }))
}
