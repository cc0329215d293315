import { createHmac, createSecretKey } from 'node:crypto'
import { Refusal } from '@consort/protocol'

/** What a labelled case may be used for, fixed at its birth. */
export type CaseRole = 'train' | 'calibrate' | 'test'

/** Shares of privacy units, each at least 0; together 1. */
export type RoleShares = Readonly<Record<CaseRole, number>>

const keyBytesMin = 16
const bits = 2 ** 48

/**
 * One role per privacy unit (who or what a case is about, e.g. a patient's number; text that is equal byte for byte),
 * for ever: the first 48 bits of HMAC-SHA-256 under a key that stays at the node, as a fraction of 1. All cases of one
 * unit have one role, no unit has two, and nobody without the key can tell or steer which. Test takes the lower end,
 * calibrate the upper, train what lies between. So test and calibrate never swap a unit whatever the shares become;
 * shrink these two at will, but do not let them grow, or they would judge by what has been trained on. Throws
 * `input-invalid` for shares that do not add up to 1 and a RangeError for a key of less than 16 bytes.
 */
export function createCaseRoles({
  key,
  shares,
}: {
  readonly key: Uint8Array
  readonly shares: RoleShares
}): (unit: string) => CaseRole {
  if (key.length < keyBytesMin) throw new RangeError(`The key has ${key.length} bytes, not ${keyBytesMin}`)
  checkShares(shares)
  const secret = createSecretKey(key)
  const testEnd = shares.test * bits
  const calibrateStart = bits - shares.calibrate * bits
  return unit => {
    const digest = createHmac('sha256', secret).update('consort-case-role\n').update(unit).digest()
    const place = digest.readUIntBE(0, 6)
    if (place < testEnd) return 'test'
    return place >= calibrateStart ? 'calibrate' : 'train'
  }
}

function checkShares(shares: RoleShares): void {
  const { train, calibrate, test } = shares
  const isShare = [train, calibrate, test].every(share => share >= 0)
  if (isShare && Math.abs(train + calibrate + test - 1) <= 1e-9) return
  throw new Refusal('input-invalid', `The shares ${train}, ${calibrate} and ${test} are not parts of 1`, {
    hint: 'Give what train, calibrate and test get, e.g. 0.6, 0.2 and 0.2.',
    path: 'shares',
  })
}
