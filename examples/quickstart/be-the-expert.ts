import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type ImageDataset, writeGreyImage } from '@consort/data'
import { type Caller, type CaseView, type Id, nodeEndpoints } from '@consort/protocol'

/** One digit that the agent would not answer alone. */
export interface WaitingDigit {
  readonly id: Id<'case'>
  /** Counted from 0 in the test set. */
  readonly image: number
  readonly revision: number
}

export interface Desk {
  /** Opens the page with the expert's key. */
  readonly link: string
  readonly asked: number
  readonly answered: number
  readonly wrong: number
  readonly waiting: readonly WaitingDigit[]
}

/** Of what the agent answers alone at most this share may be wrong, with 90 % confidence. */
export const alpha = 0.02
/** A wrong answer costs as much as so many looks of a person: so the agent asks where it is below 98 % sure. */
const costs = { error: 50, price: 1, waiting: 0 }
const askedMax = 400
/** Whoever tries it out is asked about what the agent deferred, and not about its answers too. */
const audit = { shareMin: 1e-6 }

/**
 * Puts an agent at a node, asks it about test images until a few are deferred, and makes a key for whoever sits before
 * the screen.
 */
export async function openDesk(
  { url, call }: { url: string; call: Caller },
  { version, test, folder, few }: { version: Id<'version'>; test: ImageDataset; folder: string; few: number },
): Promise<Desk> {
  const params = { agent: 'digits' }
  const body = { version, dataset: 'digits', alpha, costs, audit }
  await call(nodeEndpoints.putAgent, { params, body }, { timeoutMs: 120_000 })
  const holder = { name: 'newcomer', holder: 'expert' } as const
  const { key } = await call(nodeEndpoints.createAccessKey, { body: holder })
  const waiting: WaitingDigit[] = []
  let [image, wrong] = [0, 0]
  for (; image < askedMax && waiting.length < few; image++) {
    const record = { kind: 'image', file: await pngOf(test, image, folder) } as const
    const asked = { params, body: { record, idempotencyKey: `digit-${String(image).padStart(5, '0')}` } }
    const { id, answer, revision } = await call(nodeEndpoints.askAgent, asked)
    if (!answer) waiting.push({ id, image, revision })
    else if (answer.class !== test.labels[image]) wrong += 1
  }
  const answered = image - waiting.length
  return { link: `${url}/#key=${key}`, asked: image, answered, wrong, waiting }
}

async function pngOf(
  { height, width, pixels }: ImageDataset,
  image: number,
  folder: string,
): Promise<string> {
  const path = join(folder, 'asked.png')
  const size = height * width
  await writeGreyImage(path, pixels.slice(image * size, (image + 1) * size), { height, width })
  return readFileSync(path).toString('base64')
}

/** The case once a person has answered it. */
export async function awaitAnswer(
  call: Caller,
  { id, revision }: WaitingDigit,
  signal: AbortSignal,
): Promise<CaseView> {
  for (;;) {
    const query = { after: revision, wait: 20 }
    const view = await call(
      nodeEndpoints.getCase,
      { params: { case: id }, query },
      { signal, timeoutMs: 60_000 },
    )
    if (view.answer) return view
  }
}
