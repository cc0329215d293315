import { type Id, Refusal } from '@consort/protocol'

/** Each is a file of up to a chunk until it is whole: 64 MiB of a member at most. */
const uploadsMax = 16

type Upload<Input, Output> = (input: Input) => Output | Promise<Output>

/** Wraps a handler that takes a body of a member. */
export type UploadLimit = ReturnType<typeof createUploadLimit>

/**
 * Lets each member send so many bodies at a time to the handlers that it wraps, all together; further ones are `busy`.
 * It is counted by each process for itself: it keeps the memory and the descriptors of that process.
 */
export function createUploadLimit() {
  const uploads = new Map<Id<'member'>, number>()
  return <Input extends { readonly caller: { readonly id: Id<'member'> } }, Output>(
    handler: Upload<Input, Output>,
  ) =>
    async (input: Input): Promise<Output> => {
      const { id } = input.caller
      const others = uploads.get(id) ?? 0
      if (others >= uploadsMax) {
        throw new Refusal('busy', `${others} uploads of this member are under way`, {
          hint: 'Send a few at a time.',
          retryAfterSeconds: 1,
        })
      }
      uploads.set(id, others + 1)
      try {
        return await handler(input)
      } finally {
        const left = uploads.get(id)! - 1
        if (left > 0) uploads.set(id, left)
        else uploads.delete(id)
      }
    }
}
