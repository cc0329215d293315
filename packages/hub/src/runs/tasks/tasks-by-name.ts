import { memberNames } from '../../members/member-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import type { TaskFilter, TaskWithUpdate } from './task-record.ts'
import { listTasksWithUpdates } from './task-store.ts'

/** A task with the name of its member. */
export interface NamedTask extends TaskWithUpdate {
  readonly name: string
}

/** Lists tasks in the order of their members' names, in which updates are added up. */
export async function tasksByName(database: HubDatabase, filter: TaskFilter): Promise<NamedTask[]> {
  const names = await memberNames(database)
  const tasks = await listTasksWithUpdates(database, filter)
  return tasks
    .map(task => ({ ...task, name: names.get(task.member) ?? task.member }))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}
