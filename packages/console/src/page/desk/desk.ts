import type { Problem } from '@consort/protocol/browser'
import type { KeyStore } from '../key-store.ts'
import type { Answering, Reply, Review, Reviews } from '../reviews.ts'
import { type CaseScreen, canAnswer, type DeskState, neighbourOf, showCase, stageOf } from './desk-state.ts'

export interface DeskParts {
  readonly keys: KeyStore
  readonly openReviews: (key: string) => Reviews
  /** Rejects with the reason of the signal. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

type Reached<T> = Exclude<Reply<T>, { kind: 'away' }>

const retryMs = 2_000
/** How often the page looks for a case while none waits … */
const emptyMs = 2_000
/** … and whether the one that is shown is still open. */
const watchMs = 5_000

/**
 * What is on the expert's screen, and what happens next. One `turn` is the wait for a case and the look at it; signing
 * out or taking the next case ends it, and whatever was under way in it.
 */
export class Desk {
  readonly #parts: DeskParts
  readonly #listeners = new Set<() => void>()
  #turn = new AbortController()
  #reviews: Reviews | undefined
  #state: DeskState = { screen: { name: 'opening' }, waiting: 0, answered: 0, away: null, kept: null }

  constructor(parts: DeskParts) {
    this.#parts = parts
  }

  readonly state = (): DeskState => this.#state

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Begins with the key of the link or the tab; asks for one if there is none. */
  start(): void {
    const key = this.#parts.keys.read()
    if (key === null) {
      this.signOut()
    } else {
      this.#show({ name: 'opening' })
      this.#open(key)
    }
  }

  signIn(key: string): void {
    this.#show({ name: 'sign-in', trying: true, refused: null })
    this.#parts.keys.keep(key)
    this.#open(key)
  }

  signOut(refused: Problem | null = null): void {
    this.#turn.abort()
    this.#parts.keys.forget()
    this.#update({
      screen: { name: 'sign-in', trying: false, refused },
      waiting: 0,
      answered: 0,
      away: null,
      kept: null,
    })
  }

  /** A class was named: the first answer, or the mark on what the final one would be. */
  choose(name: string): void {
    const shown = this.#idleCase()
    if (shown === null) return
    if (stageOf(shown.review) === 'first') this.#answer(shown, name)
    else this.#show({ ...shown, marked: name, refused: null })
  }

  move(by: 1 | -1): void {
    const shown = this.#idleCase()
    if (shown === null) return
    this.#show({ ...shown, marked: neighbourOf(shown.review.classes, shown.marked, by) ?? null })
  }

  /** Answers with the marked class; goes on to the next case when somebody else took this one. */
  enter(): void {
    if (this.#state.screen.name === 'closed') this.#next()
    const shown = this.#idleCase()
    if (shown !== null && shown.marked !== null) this.#answer(shown, shown.marked)
  }

  /** Opens or closes the labelled records like the case; there are none to open before the first answer. */
  toggleSimilar(): void {
    const shown = this.#idleCase()
    if (shown === null || shown.review.suggestion === null) return
    if (shown.similar.kind === 'closed') this.#openSimilar(shown)
    else this.#show({ ...shown, similar: { kind: 'closed' } })
  }

  #openSimilar(shown: CaseScreen): void {
    const opening = { kind: 'opening' } as const
    this.#show({ ...shown, similar: opening })
    this.#run(async signal => {
      const reply = await this.#reach(() => this.#reviews!.nearest(shown.review.id, signal), signal)
      const { screen } = this.#state
      if (screen.name !== 'case' || screen.similar !== opening) return // closed meanwhile
      const similar: CaseScreen['similar'] =
        reply.kind === 'ok'
          ? { kind: 'open', examples: reply.value.examples }
          : { kind: 'refused', problem: reply.problem }
      this.#show({ ...screen, similar })
    })
  }

  #idleCase(): CaseScreen | null {
    const { screen } = this.#state
    return screen.name === 'case' && screen.sending === null ? screen : null
  }

  #open(key: string): void {
    this.#reviews = this.#parts.openReviews(key)
    this.#next()
  }

  #next(): void {
    this.#turn.abort()
    this.#turn = new AbortController()
    this.#run(signal => this.#look(signal))
  }

  #run(flow: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#turn
    flow(signal).catch(error => {
      if (!signal.aborted) throw error
    })
  }

  /** Shows the oldest case that this expert can answer, as soon as there is one. */
  async #look(signal: AbortSignal): Promise<void> {
    for (;;) {
      const open = await this.#count(signal)
      for (const id of open) {
        const reply = await this.#reach(() => this.#reviews!.get(id, signal), signal)
        if (reply.kind === 'refused' || !canAnswer(reply.value)) continue
        this.#show(showCase(reply.value))
        return this.#watch(id, signal)
      }
      this.#show({ name: 'empty' })
      await this.#parts.sleep(emptyMs, signal)
    }
  }

  /** Notices when somebody else takes the case that is shown. */
  async #watch(id: Review['id'], signal: AbortSignal): Promise<void> {
    for (;;) {
      await this.#parts.sleep(watchMs, signal)
      const open = await this.#count(signal)
      if (open.includes(id)) continue
      const reply = await this.#reach(() => this.#reviews!.get(id, signal), signal)
      const isGone = reply.kind === 'refused' || !canAnswer(reply.value)
      if (isGone && this.#idleCase() !== null) return this.#close()
    }
  }

  #answer(shown: CaseScreen, name: string): void {
    const answering: Answering = { stage: stageOf(shown.review), class: name }
    const { id } = shown.review
    this.#update({
      screen: { ...shown, marked: name, sending: answering, refused: null },
      ...(answering.stage === 'first' && { kept: null }),
    })
    this.#run(async signal => {
      const reply = await this.#reach(() => this.#reviews!.answer(id, answering, signal), signal)
      if (reply.kind === 'refused') return this.#explain(id, reply.problem, signal)
      if (answering.stage === 'first') {
        return canAnswer(reply.value) ? this.#show(showCase(reply.value)) : this.#close()
      }
      this.#update({ kept: reply.value.finalAnswer ?? name })
      this.#next()
    })
  }

  /** The node refused an answer: the case is closed, or the expert is told why and may answer again. */
  async #explain(id: Review['id'], problem: Problem, signal: AbortSignal): Promise<void> {
    const reply = await this.#reach(() => this.#reviews!.get(id, signal), signal)
    if (reply.kind === 'refused' || !canAnswer(reply.value)) return this.#close()
    this.#show(showCase(reply.value, problem))
  }

  #close(): void {
    this.#turn.abort()
    this.#update({ kept: null, screen: { name: 'closed' } })
  }

  /** The cases that wait, the oldest first. */
  async #count(signal: AbortSignal): Promise<readonly Review['id'][]> {
    for (;;) {
      const reply = await this.#reach(() => this.#reviews!.list(signal), signal)
      if (reply.kind === 'ok') {
        this.#update({ waiting: reply.value.open.length, answered: reply.value.answered })
        return reply.value.open
      }
      // Nothing that an expert could mend: the node is of another version, or another program answers.
      this.#update({ away: { problem: reply.problem } })
      await this.#parts.sleep(retryMs, signal)
    }
  }

  /** Asks until the node answers. A refused key ends the turn. */
  async #reach<T>(ask: () => Promise<Reply<T>>, signal: AbortSignal): Promise<Reached<T>> {
    for (;;) {
      const reply = await ask()
      signal.throwIfAborted()
      if (reply.kind === 'away') {
        this.#update({ away: { problem: reply.problem } })
        await this.#parts.sleep(retryMs, signal)
        continue
      }
      if (this.#state.away !== null) this.#update({ away: null })
      if (reply.kind === 'refused' && isKeyRefused(reply.problem)) this.signOut(reply.problem)
      signal.throwIfAborted()
      return reply
    }
  }

  #show(screen: DeskState['screen']): void {
    this.#update({ screen })
  }

  #update(change: Partial<DeskState>): void {
    this.#state = { ...this.#state, ...change }
    for (const listener of this.#listeners) listener()
  }
}

function isKeyRefused({ status }: Problem): boolean {
  return status === 401 || status === 403
}
