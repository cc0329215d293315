import { parentPort } from 'node:worker_threads'
import { type Recipe, Refusal } from '@consort/protocol'
import type { AnyExamples } from '@consort/records'
import { endOfThread } from '../executor/threads.ts'
import { familyOf } from '../families/families.ts'
import type { EngineOptions, FamilyEngine, FamilyScorer, FamilyTrainer } from '../families/family.ts'
import type { EngineAnswer, EngineReply, EngineRequest } from './engine-messages.ts'

/** The thread in which `session.run` may block. It opens a trainer or a scorer when one is first asked for. */
const port = parentPort!
const trainers = new Map<string, Promise<FamilyTrainer>>()
const scorers = new Map<string, Promise<FamilyScorer>>()
let opened: Extract<EngineRequest, { kind: 'open' }> | undefined

port.on('message', (request: EngineRequest | typeof endOfThread) => {
  if (request === endOfThread) process.exit()
  const reply = (answer: EngineAnswer): void =>
    port.postMessage({ id: request.id, ...answer } satisfies EngineReply)
  handle(request, reply).then(reply, (error: unknown) => reply(errorAnswer(error)))
})

async function handle(request: EngineRequest, report: (answer: EngineAnswer) => void): Promise<EngineAnswer> {
  switch (request.kind) {
    case 'open':
      opened = request
      return { kind: 'opened' }
    case 'train': {
      const trainer = await openOnce(trainers, request.on, family => family.openTrainer)
      const onProgress = (done: number): void => report({ kind: 'progress', done })
      return { kind: 'trained', result: await trainer.train({ ...request.request, onProgress }) }
    }
    case 'evaluate': {
      const scorer = await openOnce(scorers, request.on, family => family.openScorer)
      return { kind: 'evaluated', evaluation: await scorer.evaluate(request.weights) }
    }
  }
}

type Open<T> = (recipe: Recipe, examples: AnyExamples, options: EngineOptions) => Promise<T>

function openOnce<T>(
  known: Map<string, Promise<T>>,
  name: string,
  openOf: (family: FamilyEngine) => Open<T>,
): Promise<T> {
  const { recipe, data, ...options } = opened!
  const open = async (): Promise<T> => {
    const family = await familyOf(recipe).loadEngine()
    return await openOf(family)(recipe, data[name]!, options)
  }
  const found = known.get(name) ?? open()
  known.set(name, found)
  return found
}

function errorAnswer(error: unknown): EngineAnswer {
  if (error instanceof Refusal)
    return { kind: 'error', code: error.code, message: error.message, hint: error.hint }
  return {
    kind: 'error',
    code: 'internal',
    message: error instanceof Error ? (error.stack ?? error.message) : String(error),
  }
}
