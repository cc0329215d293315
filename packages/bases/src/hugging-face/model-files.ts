import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import { ggufName, isKnown, weightsKindOf } from '../files/known-files.ts'
import { shardIndexName, shardName } from '../weights/safetensors/read-shards.ts'
import { callHub, type HubAccess } from './hub-call.ts'

const modelSchema = z.looseObject({
  sha: z.string().regex(/^[0-9a-f]{40}$/),
  siblings: z.array(z.looseObject({ rfilename: z.string(), size: z.number().nullish() })),
})

/** What the hub says of one revision of a model, as far as it is taken. */
export interface ModelFiles {
  /** The commit: all files are fetched of this one. */
  readonly commit: string
  /** `name` is what it is called here. */
  readonly files: readonly { readonly name: string; readonly remote: string; readonly bytes: number }[]
}

const answerBytesMax = 32 * 1024 * 1024

/**
 * Asks which files a revision has, and picks those with known names. Throws as `callHub` and `weightsKindOf` do, and
 * `too-large` where they are more than `bytesMax` together.
 */
export async function modelFilesOf(
  access: HubAccess,
  { name, revision, bytesMax }: { name: string; revision: string; bytesMax: number },
): Promise<ModelFiles> {
  const path = `/api/models/${name}/revision/${encodeURIComponent(revision)}?blobs=true`
  const { body } = await callHub(access, { method: 'GET', path })
  const pieces: Uint8Array[] = []
  let length = 0
  for await (const piece of body ?? []) {
    pieces.push(piece)
    length += piece.length
    if (length > answerBytesMax) throw strange('is longer than any list of files')
  }
  const model = modelSchema.safeParse(jsonOf(Buffer.concat(pieces)))
  if (!model.success) throw strange('is no description of a model')
  // What is listed twice is one file: its digest counts once.
  const sizes = new Map(model.data.siblings.map(({ rfilename, size }) => [rfilename, size ?? 0]))
  const files = picked([...sizes].map(([remote, bytes]) => ({ remote, bytes })))
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0)
  if (bytes > bytesMax) throw tooLarge(bytes, bytesMax)
  return { commit: model.data.sha, files }
}

/** The refusal of more than an operator allows. */
export function tooLarge(bytes: number, bytesMax: number): Refusal {
  const gib = (count: number): string => (count / 2 ** 30).toFixed(1)
  return new Refusal('too-large', `The base has ${gib(bytes)} GiB or more, ${gib(bytesMax)} are allowed`, {
    hint: `Take a smaller one, or allow more with --limit ${Math.ceil(bytes / 2 ** 30)} (GiB).`,
  })
}

interface Sibling {
  readonly remote: string
  readonly bytes: number
}

function picked(siblings: readonly Sibling[]): ModelFiles['files'] {
  const named = siblings.filter(({ remote }) => isKnown(remote) && !remote.endsWith('.gguf'))
  const files = named.map(file => ({ ...file, name: file.remote }))
  if (files.some(({ name }) => name === 'model.safetensors'))
    return files.filter(({ name }) => name !== shardIndexName && !shardName.test(name))
  const all = siblings.map(({ remote }) => remote)
  if (!all.includes(shardIndexName)) {
    const ggufs = siblings.filter(({ remote }) => /^[\w.-]+\.gguf$/.test(remote))
    if (ggufs.length > 1)
      throw new Refusal('weights-invalid', `The model has ${ggufs.length} GGUF files`, {
        hint: 'Fetch the one that you want, and add it as a file: consort base add FILE.gguf.',
      })
    const [gguf] = ggufs
    if (gguf) return [...files, { ...gguf, name: ggufName() }]
  }
  weightsKindOf(all)
  return files
}

function strange(why: string): Refusal {
  return new Refusal('unreachable', `What the hub answers ${why}`, {
    hint: 'Something between here and there may have answered instead; see HF_ENDPOINT.',
  })
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}
