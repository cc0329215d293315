import { type ConsultationKeys, consultationKeys } from '@consort/privacy'
import {
  type Caller,
  type ConsultationKey,
  type Entropy,
  hubEndpoints,
  type KeyPair,
  Refusal,
  signDocument,
} from '@consort/protocol'
import { type FileSystem, readDurably, writeDurably } from '@consort/storage'
import type { Enrolment } from '../enrolment.ts'

/** This node's keys for consultations. */
export interface OwnKeys extends ConsultationKeys {
  /** Lets the hub pass the public key on, unless it has done so. */
  show(): Promise<void>
  /** The hub may have lost it: it is shown again. */
  forgetShown(): void
}

/** The keys that follow from the 32 bytes of a file, which is made where there is none. */
export async function openOwnKeys({
  files,
  path,
  entropy,
  ...shower
}: KeyShower & { files: FileSystem; path: string; entropy: Entropy }): Promise<OwnKeys> {
  const secret = (await readDurably(files, path)) ?? (await writeSecret(files, path, entropy))
  if (secret.length !== 32) {
    throw new Refusal('input-invalid', `${path} is not a key for consultations`, {
      hint: 'Restore it from a backup, or remove it: the node then makes another.',
    })
  }
  const keys = await consultationKeys(secret)
  let shown: Promise<void> | undefined
  const forgetShown = (): void => {
    shown = undefined
  }
  return {
    ...keys,
    show() {
      shown ??= show(shower, keys.publicKey)
      shown.catch(forgetShown)
      return shown
    },
    forgetShown,
  }
}

async function writeSecret(files: FileSystem, path: string, entropy: Entropy): Promise<Uint8Array> {
  const secret = entropy.bytes(32)
  await writeDurably(files, path, secret)
  return secret
}

interface KeyShower {
  readonly call: Caller
  readonly enrolment: Enrolment
  readonly key: KeyPair
}

/** Signs a key for consultations with the node's own, and gives it to the hub to pass on. */
async function show({ call, enrolment, key }: KeyShower, publicKey: string): Promise<void> {
  const document: ConsultationKey = { kind: 'consultation-key', member: enrolment.member, key: publicKey }
  await call(hubEndpoints.putConsultationKey, {
    body: { document, signatures: [signDocument(document, key)] },
  })
}
