import { type Entropy, Refusal } from '@consort/protocol'
import { type ConsultationKeys, publicKeyOf } from './consultation-keys.ts'
import { hpke, hpkeInfo } from './hpke.ts'
import { associatedData, type MessageBinding } from './message-binding.ts'
import { pad, unpad } from './pad.ts'

/**
 * Seals a message of one member for another: HPKE in auth mode (RFC 9180, section 5.1.3), so that it opens only with
 * the receiver's private key, and only if the sender's private key sealed it, bound to its place. The sealed octets
 * have one of the fixed sizes. Whoever gets one of the two private keys later can read it (there is no forward secrecy
 * towards the receiver), and the receiver could have made it too: it is a proof for the two of them, not for others.
 *
 * Throws `too-large`, and `value-invalid` for a key with which nobody should agree on anything.
 */
export async function sealMessage(
  plain: Uint8Array,
  {
    binding,
    sender,
    recipient,
    entropy,
  }: {
    binding: MessageBinding
    sender: ConsultationKeys
    /** Public, base64url. */
    recipient: string
    entropy: Entropy
  },
): Promise<Uint8Array> {
  const padded = pad(plain)
  const recipientPublicKey = await publicKeyOf(recipient)
  // The library would draw the ephemeral key by itself; here chance is passed in, as everywhere.
  const ekm = await hpke.kem.deriveKeyPair(entropy.bytes(32))
  const context = await hpke
    .createSenderContext({ recipientPublicKey, senderKey: sender.pair, info: hpkeInfo, ekm })
    .catch(cause => {
      throw new Refusal('value-invalid', 'Nothing can be sealed for this key', { cause })
    })
  const sealed = await context.seal(padded, associatedData(binding))
  return new Uint8Array(Buffer.concat([Buffer.from(context.enc), Buffer.from(sealed)]))
}

const encBytes = 32

/**
 * Opens what `sender` sealed for these keys in this place. Throws `value-invalid` for anything else: another sender,
 * receiver, agreement, consultation or question, a changed bit.
 */
export async function openMessage(
  sealed: Uint8Array,
  {
    binding,
    recipient,
    sender,
  }: {
    binding: MessageBinding
    recipient: ConsultationKeys
    /** Public, base64url. */
    sender: string
  },
): Promise<Uint8Array> {
  const senderPublicKey = await publicKeyOf(sender)
  try {
    const context = await hpke.createRecipientContext({
      recipientKey: recipient.pair,
      senderPublicKey,
      info: hpkeInfo,
      enc: sealed.subarray(0, encBytes),
    })
    return unpad(new Uint8Array(await context.open(sealed.subarray(encBytes), associatedData(binding))))
  } catch (cause) {
    throw new Refusal('value-invalid', `A ${binding.kind} of ${binding.from} cannot be opened`, { cause })
  }
}
