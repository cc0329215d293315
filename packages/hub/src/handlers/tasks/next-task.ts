import type { Answer, hubEndpoints } from '@consort/protocol'
import type { HubHandler, MemberCaller } from '../../callers.ts'
import { readRun } from '../../runs/run-store.ts'
import { oldestOpenTask } from '../../runs/tasks/task-store.ts'
import { surveyFor } from '../../surveys/own-survey.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { TaskContext } from './context.ts'

type Next = Answer<typeof hubEndpoints.nextTask>

/** Waits for a task of the calling member, or a survey where there is none. */
export function nextTask({
  database,
  waiting,
}: Pick<TaskContext, 'database' | 'waiting'>): HubHandler<'nextTask'> {
  return async ({ query: { wait }, caller }) =>
    (await waiting.until(['tasks'], () => nextFor(database, caller), { seconds: wait })) ?? {
      task: null,
      recipe: null,
      survey: null,
    }
}

async function nextFor(database: HubDatabase, { id, name }: MemberCaller): Promise<Next | undefined> {
  const task = await oldestOpenTask(database, id)
  if (task) {
    const { recipe } = await readRun(database, task.document.run)
    return { task, recipe, survey: null }
  }
  const survey = await surveyFor(database, name)
  return survey ? { task: null, recipe: null, survey } : undefined
}
