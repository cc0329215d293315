import assert from 'node:assert/strict'
import test from 'node:test'
import { announcementOf } from './announcement.ts'
import type { DeskState } from './desk/desk-state.ts'
import { chinese } from './language/chinese.ts'
import { english } from './language/english.ts'

const closed: DeskState = {
  screen: { name: 'empty' },
  away: null,
  kept: 'seven',
  waiting: 0,
  answered: 1,
}

test('what is read out is joined as the language joins sentences', () => {
  assert.match(announcementOf(closed, english, 'en'), /^Kept: seven\. Nothing/)
  const said = announcementOf(closed, chinese, 'zh')
  assert.match(said, /^已提交：seven。目前/)
})
