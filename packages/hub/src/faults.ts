import type { Refusal } from '@consort/protocol'
import { refusalOfFault as refusalOf } from '@consort/storage'

/** As `refusalOfFault` of storage, in words about a hub. */
export const refusalOfFault = (error: unknown): Refusal | undefined => refusalOf('hub', error)
