import type { Migration } from '@consort/storage'

/** What is old is found by an index, and so is what names it. */
export const retentionMigration: Migration = {
  name: 'retention',
  async up({ schema }) {
    await schema.createIndex('data_card_replaced').on('data_card').columns(['current', 'published']).execute()
    await schema.createIndex('task_of_card').on('task').column('card').execute()
  },
}
