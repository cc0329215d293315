import { Refusal } from '@consort/protocol'
import type { FaceResponse } from '../face.ts'
import type { AnsweredRow, ServedModel } from '../served-models.ts'
import { writeBinary } from './binary-tensors.ts'
import { type OutputName, outputNames } from './metadata.ts'
import type { InferRequest, WantedOutput } from './read-request.ts'

interface OutputTensor {
  readonly datatype: 'FP32' | 'BYTES'
  readonly shape: readonly number[]
  readonly values: Float32Array | readonly string[]
}

/** Each output as a tensor of all rows. */
const outputOf = {
  probabilities: rows => ({
    datatype: 'FP32',
    shape: [rows.length, rows[0]!.probabilities.length],
    values: Float32Array.from(rows.flatMap(({ probabilities }) => probabilities)),
  }),
  class: rows => texts(rows.map(row => row.class)),
  decision: rows => texts(rows.map(({ state }) => state)),
  case_id: rows => texts(rows.map(({ caseId }) => caseId)),
} as const satisfies Record<OutputName, (rows: readonly AnsweredRow[]) => OutputTensor>

function texts(values: readonly string[]): OutputTensor {
  return { datatype: 'BYTES', shape: [values.length], values }
}

/**
 * The answer to an inference request: JSON, or a JSON header with the octets of tensors after it. A deferred record is
 * answered with 200 like any other: `parameters.decision` says that the model's output is a guess, and
 * `parameters.case_id` where the person's answer will be. Of several records, `decision` is `deferred` if any is, and
 * the ids are joined by commas; the outputs of the same names tell them apart. Throws `input-invalid` for an output
 * that there is not.
 */
export function inferResponse(
  { name, version }: Pick<ServedModel, 'name' | 'version'>,
  request: InferRequest,
  rows: readonly AnsweredRow[],
): FaceResponse {
  const wanted = wantedOutputs(request)
  const octets: Buffer[] = []
  const outputs = wanted.map(({ name: output, isBinary }) => {
    const { datatype, shape, values } = outputOf[output](rows)
    if (!isBinary) return { name: output, datatype, shape, data: [...values] }
    const written = writeBinary(values)
    octets.push(written)
    return { name: output, datatype, shape, parameters: { binary_data_size: written.length } }
  })
  const header = JSON.stringify({
    model_name: name,
    model_version: version,
    ...(request.id !== undefined && { id: request.id }),
    parameters: {
      decision: rows.some(({ state }) => state === 'deferred') ? 'deferred' : 'answered',
      case_id: rows.map(({ caseId }) => caseId).join(','),
    },
    outputs,
  })
  if (octets.length === 0) {
    return { status: 200, headers: { 'content-type': 'application/json' }, body: header }
  }
  const head = Buffer.from(header)
  return {
    status: 200,
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(head.length),
    },
    body: Buffer.concat([head, ...octets]),
  }
}

/** Checked before the model is asked. */
export function wantedOutputs({
  outputs,
  isBinary,
}: Pick<InferRequest, 'outputs' | 'isBinary'>): (WantedOutput & { name: OutputName })[] {
  const wanted = outputs ?? outputNames.map(name => ({ name, isBinary }))
  return wanted.map(({ name, isBinary }) => {
    const known = outputNames.find(output => output === name)
    if (known !== undefined) return { name: known, isBinary }
    throw new Refusal('input-invalid', `There is no output named ${name}`, {
      hint: `There are: ${outputNames.join(', ')}.`,
      path: 'outputs',
    })
  })
}
