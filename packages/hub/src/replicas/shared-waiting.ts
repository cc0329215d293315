import { idSchema } from '@consort/protocol'
import { createWaitingRoom, type WaitingRoom } from '@consort/protocol/waiting-room'
import { type DatabasePlace, openReplicas, type Replicas } from '@consort/storage'
import type { Coordinator } from '../coordinator/coordinator.ts'
import type { HubTopic } from '../topics.ts'

/** Waiting for news that any replica of the hub may have. */
export interface SharedWaiting {
  readonly waiting: WaitingRoom<HubTopic>
  readonly alone: Replicas['alone']
}

/**
 * Opens the room in which long polls wait. What is announced in it, the other replicas hear, and what they announce is
 * announced in it; a run or a survey that has news anywhere is looked at here, too.
 */
export async function openSharedWaiting(
  stack: AsyncDisposableStack,
  place: DatabasePlace,
  coordinator: () => Coordinator | undefined,
): Promise<SharedWaiting> {
  const room = createWaitingRoom<string>()
  const replicas = stack.use(
    await openReplicas(place, {
      heard(topic) {
        room.announce(topic)
        const carried = carriedSchema.safeParse(topic)
        if (carried.success) coordinator()?.pursue(carried.data)
      },
      missed() {
        room.announceAll()
        coordinator()
          ?.resume()
          .catch(() => {}) // the database is away once more: the next `missed` comes when it is back
      },
    }),
  )
  const waiting: WaitingRoom<HubTopic> = {
    ...room,
    announce(topic) {
      room.announce(topic)
      replicas.announce(topic)
    },
  }
  return { waiting, alone: replicas.alone }
}

const carriedSchema = idSchema('run').or(idSchema('survey'))
