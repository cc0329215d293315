import type { Migration, MigrationDatabase } from '@consort/storage'
import { sql } from 'kysely'
import { z } from 'zod'

/** Lists come page by page from an index, and what is looked for in recipes has a column. */
export const listsMigration: Migration = {
  name: 'lists',
  async up(database) {
    const { schema } = database
    await schema
      .alterTable('run')
      .addColumn('dataset', 'text', column => column.notNull().defaultTo(''))
      .execute()
    await fillDatasets(database)
    await schema.createIndex('run_listed').on('run').columns(['created', 'id']).execute()
    await schema.createIndex('run_of_dataset').on('run').columns(['dataset', 'created', 'id']).execute()
    await schema.createIndex('run_of_recipe').on('run').column('recipe_digest').execute()
    await schema.createIndex('run_open').on('run').column('id').where(sql.ref('ended'), 'is', null).execute()
    await schema.createIndex('version_of_run').on('version').columns(['run', 'round']).execute()
    await schema
      .createIndex('version_published')
      .on('version')
      .columns(['created', 'id'])
      .where(sql.ref('published'), '=', 1)
      .execute()
    await schema
      .createIndex('version_present')
      .on('version')
      .column('name')
      .where(sql.ref('present'), '=', 1)
      .execute()
  },
}

const runsAtOnce = 500
const filledFrom = z.object({ dataset: z.string() })

/** Recipes are texts of some size, so that not all of them are read at once. */
async function fillDatasets(database: MigrationDatabase): Promise<void> {
  for (let after = ''; ; ) {
    const { rows } = await sql<{ id: string; recipe: string }>`
      select id, recipe from run where id > ${after} order by id limit ${runsAtOnce}`.execute(database)
    for (const { id, recipe } of rows) {
      const { dataset } = filledFrom.parse(JSON.parse(recipe))
      await sql`update run set dataset = ${dataset} where id = ${id}`.execute(database)
    }
    const last = rows.at(-1)
    if (last === undefined || rows.length < runsAtOnce) return
    after = last.id
  }
}
