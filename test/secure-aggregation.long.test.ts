import test from 'node:test'
import { dropOut } from './secure-sums.ts'

for (const kind of ['advertisement', 'dealt-shares', 'survivor-signature'] as const) {
  test(`one of four may drop out before its ${kind}`, () => dropOut(kind))
}
