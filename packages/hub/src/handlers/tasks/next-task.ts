import type { hubEndpoints } from '@consort/protocol'
import type { Handler } from '@consort/protocol/routes'
import type { HubCallers, HubContext } from '../../context.ts'
import { surveyFor } from '../surveys/own-survey.ts'

export function nextTask(context: HubContext): Handler<typeof hubEndpoints.nextTask, HubCallers> {
  return async ({ query: { wait }, caller }) => {
    const { id, name } = caller
    const until = performance.now() + wait * 1000
    for (;;) {
      const row = await oldestOpenTask(context, id)
      if (row) return { task: JSON.parse(row.signed), recipe: JSON.parse(row.recipe), survey: null }
      const survey = await surveyFor(context, { name })
      if (survey) return { task: null, recipe: null, survey }
      const left = until - performance.now()
      if (left <= 0 || !(await context.waiting.wait('tasks', left)))
        return { task: null, recipe: null, survey: null }
    }
  }
}

function oldestOpenTask({ database }: HubContext, member: string) {
  return database
    .selectFrom('task')
    .innerJoin('run', 'run.id', 'task.run')
    .select(['task.signed', 'run.recipe'])
    .where('task.member', '=', member)
    .where('task.state', '=', 'open')
    .orderBy('task.opened')
    .limit(1)
    .executeTakeFirst()
}
