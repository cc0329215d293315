import { type Digest, digestOfDocument, isRefusal, Refusal } from '@consort/protocol'

/** What each version of a document says of the one before. */
interface Chained {
  readonly document: { readonly version: number; readonly previous: Digest | null }
}

/**
 * Finds an earlier version of a document, by the chain of digests that leads to it from the one in force: a hub cannot
 * show one that was never in force, nor one of another history. `read` gives a version by its digest and checks it.
 * Throws what `altered` makes when the chain does not lead there.
 */
export async function earlierVersion<D extends Chained>(
  inForce: D,
  digest: Digest,
  { read, altered }: { read: (digest: Digest) => Promise<D>; altered: () => Refusal },
): Promise<D> {
  for (let at = inForce; ; ) {
    const { previous, version } = at.document
    if (previous === null) throw altered()
    const before = await read(previous).catch(error => {
      throw isRefusal(error, 'not-found') ? altered() : error
    })
    if (before.document.version >= version) throw altered()
    if (previous === digest) return before
    at = before
  }
}

/** Throws `digest-mismatch` unless a document is the one that was asked for. */
export function checkIsAsked<D extends { readonly document: Parameters<typeof digestOfDocument>[0] }>(
  signed: D,
  digest: Digest,
): D {
  if (digestOfDocument(signed.document) === digest) return signed
  throw new Refusal('digest-mismatch', 'The hub shows another document than the one that was asked for')
}
