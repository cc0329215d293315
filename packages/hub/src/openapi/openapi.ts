import {
  type Access,
  type Endpoint,
  hubEndpoints,
  octetBody,
  octetResult,
  problemSchema,
  type RefusalCode,
  refusalStatus,
} from '@consort/protocol'
import { z } from 'zod'
import { namedSchemas } from './named-schemas.ts'

const accessText: Readonly<Record<Access, string>> = {
  public: 'Anyone.',
  keyholder: 'Signed with the key that is to be enrolled.',
  member: 'Signed by a member.',
  operator: 'Signed by the operator.',
  reader: 'Signed by a member or the operator.',
  application: 'Nobody at a hub.',
  expert: 'Nobody at a hub.',
}

/** Refusals that every call may meet. */
const everywhere: readonly RefusalCode[] = ['input-invalid', 'internal']
const whenSigned: readonly RefusalCode[] = [
  'signature-missing',
  'signature-invalid',
  'nonce-unknown',
  'caller-unknown',
  'not-allowed',
]

/** Schemas that several operations use, by name. */
type Components = Record<string, object>

/** The hub's endpoints as an OpenAPI 3.1 document, made from the same values that serve them. */
export function openApiDocument(version: string): string {
  const schemas: Components = {}
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, endpoint] of Object.entries(hubEndpoints)) {
    const path = endpoint.path.replace(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operation(name, endpoint, schemas) }
  }
  schemas.Problem = jsonSchema(problemSchema, 'output', schemas)
  const document = {
    openapi: '3.1.0',
    info: {
      title: 'Consort hub',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      description:
        'What nodes and clients ask of the hub. Signed requests follow RFC 9421 with Ed25519 over @method, @target-uri and content-digest; the nonce is taken from the consort-nonce header of an earlier answer. See docs/protocol.md.',
    },
    paths,
    components: {
      schemas: Object.fromEntries(Object.entries(schemas).sort()),
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'signature',
          description: 'HTTP message signature, RFC 9421',
        },
      },
    },
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function operation(name: string, endpoint: Endpoint, schemas: Components): unknown {
  const isPublic = endpoint.access === 'public'
  return {
    operationId: name,
    summary: endpoint.summary,
    description: accessText[endpoint.access],
    ...(isPublic ? {} : { security: [{ signature: [] }] }),
    parameters: [
      ...parameters(endpoint.params, 'path', schemas),
      ...parameters(endpoint.query, 'query', schemas),
    ],
    ...requestBody(endpoint, schemas),
    responses: {
      ...success(endpoint, schemas),
      ...problems([...endpoint.errors, ...everywhere, ...(isPublic ? [] : whenSigned)]),
    },
  }
}

/** What is read of the JSON schema of an object. */
const objectParts = z.object({
  properties: z.record(z.string(), z.unknown()).default({}),
  required: z.array(z.string()).default([]),
})

function parameters(schema: z.ZodType, place: 'path' | 'query', schemas: Components): unknown[] {
  if (isNone(schema)) return []
  const { properties, required } = objectParts.parse(jsonSchema(schema, 'input', schemas))
  return Object.entries(properties).map(([name, property]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    schema: property,
  }))
}

function requestBody({ body }: Endpoint, schemas: Components): { requestBody?: unknown } {
  if (Object.is(body, octetBody))
    return { requestBody: { required: true, content: { 'application/octet-stream': {} } } }
  if (isNone(body)) return {}
  return {
    requestBody: {
      required: true,
      content: { 'application/json': { schema: jsonSchema(body, 'input', schemas) } },
    },
  }
}

function success({ result, isPending }: Endpoint, schemas: Components): Record<string, unknown> {
  if (Object.is(result, octetResult))
    return { 200: { description: 'Octets', content: { 'application/octet-stream': {} } } }
  if (isNone(result)) return { 204: { description: 'Done' } }
  const content = { 'application/json': { schema: jsonSchema(result, 'output', schemas) } }
  return {
    200: { description: 'Done', content },
    ...(isPending && { 202: { description: 'Taken on; the answer comes later', content } }),
  }
}

/** One response a status, naming the refusals that have it. */
function problems(codes: readonly RefusalCode[]): Record<string, unknown> {
  const byStatus = Map.groupBy(new Set(codes), code => refusalStatus[code])
  const content = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }
  return Object.fromEntries(
    [...byStatus].map(([status, those]) => [status, { description: those.join(', '), content }]),
  )
}

function isNone(schema: z.ZodType): boolean {
  return schema.def.type === 'undefined'
}

/**
 * A schema with its named parts moved to the components; what is taken in has its own names, since defaults may be
 * left out.
 */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Components): object {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, { io, unrepresentable: 'any', metadata: namedSchemas })
  const suffix = io === 'input' ? 'Input' : ''
  const rename = (value: object): object =>
    JSON.parse(JSON.stringify(value).replace(/"#\/\$defs\/(\w+)"/g, `"#/components/schemas/$1${suffix}"`))
  for (const [name, part] of Object.entries($defs)) {
    const content = Object.entries(part).filter(([key]) => key !== 'id')
    schemas[name + suffix] ??= rename(Object.fromEntries(content))
  }
  return rename(rest)
}
