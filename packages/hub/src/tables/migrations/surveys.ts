import type { Migration } from '@consort/storage'

export const surveysMigration: Migration = {
  name: 'surveys',
  async up({ schema }) {
    await schema
      .createTable('survey')
      .addColumn('id', 'text', column => column.primaryKey())
      .addColumn('idempotency_key', 'text', column => column.notNull().unique())
      .addColumn('dataset', 'text', column => column.notNull())
      .addColumn('signed', 'text', column => column.notNull())
      .addColumn('state', 'text', column => column.notNull())
      .addColumn('reason', 'text', column => column.notNull())
      .addColumn('members', 'text', column => column.notNull())
      .addColumn('refusals', 'text', column => column.notNull())
      .addColumn('answers', 'text', column => column.notNull())
      .addColumn('created', 'text', column => column.notNull())
      .addColumn('ended', 'text')
      .execute()
    await schema
      .createTable('survey_input')
      .addColumn('survey', 'text', column => column.notNull().references('survey.id'))
      .addColumn('attempt', 'integer', column => column.notNull())
      .addColumn('member', 'text', column => column.notNull())
      .addColumn('manifest', 'text', column => column.notNull())
      .addPrimaryKeyConstraint('survey_input_key', ['survey', 'attempt', 'member'])
      .execute()
  },
}
