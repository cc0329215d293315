import { digestOfBytes, isRefusal, Refusal } from '@consort/protocol'
import { fileRefusal } from '@consort/records/file-refusal'
import { parse, YAMLParseError } from 'yaml'
import { type ReadFile, stampFile } from '../files/file-stamp.ts'
import { openFile } from '../files/open-file.ts'
import { type Mapping, parseMapping } from './mapping.ts'

const bytesMax = 1024 * 1024

/**
 * Reads a mapping from YAML, and says which file it was. Throws `data-unreadable` for a path that cannot be read,
 * `mapping-invalid` for all else. No message repeats the text: somebody may have named the file of the records.
 */
export async function readMappingFile(path: string): Promise<{ mapping: Mapping; file: ReadFile }> {
  try {
    const stamp = await stampFile(path)
    const text = await readText(path)
    const mapping = parseMapping(parse(text, { logLevel: 'error' }))
    return { mapping, file: { path, stamp, digest: digestOfBytes(Buffer.from(text)) } }
  } catch (error) {
    if (error instanceof YAMLParseError) throw yamlRefusal(path, error)
    if (isRefusal(error, 'mapping-invalid')) throw named(path, error)
    throw fileRefusal(path, error)
  }
}

async function readText(path: string): Promise<string> {
  await using handle = await openFile(path)
  const chunks: Buffer[] = []
  for await (const chunk of handle.createReadStream({ end: bytesMax })) chunks.push(chunk) // with one byte too many
  const bytes = Buffer.concat(chunks)
  if (bytes.length <= bytesMax) return bytes.toString('utf8')
  throw new Refusal('mapping-invalid', 'This is larger than 1 MiB', {
    hint: 'Is it the path of the data instead of that of its mapping?',
  })
}

function yamlRefusal(path: string, { linePos, code }: YAMLParseError): Refusal {
  const line = linePos === undefined ? '' : `, line ${linePos[0].line}`
  return new Refusal('mapping-invalid', `${path}${line}: not readable as YAML (${code})`, {
    hint: 'Text with signs such as ? or : stands in quotation marks, and no key comes twice.',
  })
}

function named(file: string, { message, hint, path }: Refusal): Refusal {
  return new Refusal('mapping-invalid', `${file}: ${message}`, {
    ...(hint !== undefined && { hint }),
    ...(path !== undefined && { path }),
  })
}
