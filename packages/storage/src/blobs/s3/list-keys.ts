import type { S3Client } from './s3-client.ts'

/** Which keys below the client's folder. */
interface Listing {
  readonly prefix: string
  /** With `/`: the folders at this place instead of all keys below. */
  readonly delimiter?: '/'
}

/** Lists keys, or folders, in pages of a thousand (ListObjectsV2). */
export async function* listKeys(client: S3Client, { prefix, delimiter }: Listing): AsyncGenerator<string> {
  const tag = delimiter ? 'Prefix' : 'Key'
  let next: string | undefined
  do {
    const answer = await client.sendToBucket({
      method: 'GET',
      query: {
        'list-type': '2',
        prefix: client.folder + prefix,
        ...(delimiter && { delimiter }),
        ...(next !== undefined && { 'continuation-token': next }),
      },
    })
    if (!answer.ok) throw new Error('there is no such bucket')
    const page = await answer.text()
    const part = delimiter ? (page.match(/<CommonPrefixes>.*?<\/CommonPrefixes>/gs) ?? []).join('') : page
    for (const [, key] of part.matchAll(new RegExp(`<${tag}>([^<]*)</${tag}>`, 'g'))) {
      yield unescaped(key!).slice(client.folder.length)
    }
    const token = /<NextContinuationToken>([^<]*)<\/NextContinuationToken>/.exec(page)?.[1]
    next = token === undefined ? undefined : unescaped(token)
  } while (next !== undefined)
}

/** Text of XML; keys are letters, digits, `-`, `_` and `/`, tokens may be anything. */
function unescaped(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos|#x?[0-9a-fA-F]+);/g, (_, name: string) => {
    if (name.startsWith('#x')) return String.fromCodePoint(Number.parseInt(name.slice(2), 16))
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)))
    return { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }[name]!
  })
}
