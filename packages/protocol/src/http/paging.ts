import { z } from 'zod'

/** Long polls end after this many seconds at the latest, because proxies cut what is silent for longer. */
export const waitSecondsMax = 25

/** How long a call may wait for news. */
export const waitQuery = z.coerce.number().min(0).max(waitSecondsMax).default(0)
