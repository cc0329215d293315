import type { Race } from './race.ts'
import { deferral } from './races/deferral.ts'
import { dp } from './races/dp.ts'
import { engine } from './races/engine.ts'
import { guarantee } from './races/guarantee.ts'
import { postgres } from './races/postgres.ts'
import { quickstart } from './races/quickstart.ts'
import { read } from './races/read.ts'
import { round } from './races/round.ts'
import { scale } from './races/scale.ts'
import { secagg } from './races/secagg.ts'
import { serving } from './races/serving.ts'

/** In the order in which they are told. */
export const races: readonly Race[] = [
  quickstart,
  engine,
  round,
  postgres,
  read,
  dp,
  secagg,
  guarantee,
  deferral,
  serving,
  scale,
]
