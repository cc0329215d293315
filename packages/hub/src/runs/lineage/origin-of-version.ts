import type { Id, ModelCard, SignedDataCard } from '@consort/protocol'
import { cardsById } from '../../members/card-store.ts'
import { memberNames } from '../../members/member-store.ts'
import type { HubDatabase } from '../../tables/hub-tables.ts'
import { condensedCards, condensedOr } from '../condensed/condensed-run-store.ts'
import { listTasks, trainedCards } from '../tasks/task-store.ts'
import { readVersion } from '../version-store.ts'

/** Lists what each member said of one version, on records that training did not see, in the order of names. */
export async function evaluationsOf(
  database: HubDatabase,
  run: Id<'run'>,
  round: number,
): Promise<ModelCard['evaluations']> {
  return await condensedOr(database, run, {
    condensed: ({ round: kept }) =>
      kept?.round === round
        ? kept.evaluations.flatMap(({ name: member, role, metrics }) =>
            metrics ? [{ member, role, metrics }] : [],
          )
        : [],
    rows: () => evaluationsByTasks(database, run, round),
  })
}

async function evaluationsByTasks(
  database: HubDatabase,
  run: Id<'run'>,
  round: number,
): Promise<ModelCard['evaluations']> {
  const tasks = await listTasks(database, { run, round, work: 'evaluate', state: 'received' })
  const names = await memberNames(database)
  const cards = await cardsById(
    database,
    tasks.map(({ card }) => card),
  )
  const evaluations = tasks.flatMap(({ member, card, metrics }) => {
    const role = cards.get(card)?.document.role
    return role && metrics ? [{ member: nameOf(names, member), role, metrics }] : []
  })
  return evaluations.toSorted(byMember)
}

/** Lists whose updates are in a version, with the cards of the data that they came from, in the order of names. */
export async function lineageOf(
  database: HubDatabase,
  run: Id<'run'>,
  round: number,
): Promise<ModelCard['lineage']> {
  const names = await memberNames(database)
  const cards = await cardsUpTo(database, run, round)
  return cards
    .map(({ document: { id, member, trainExamples } }) => ({
      member: nameOf(names, member),
      card: id,
      trainExamples,
    }))
    .toSorted(byMember)
}

/** Lists the signed cards of all data whose updates are in a version, in the order of their ids. */
export async function cardsOfVersion(
  database: HubDatabase,
  version: Id<'version'>,
): Promise<SignedDataCard[]> {
  const { run, round } = await readVersion(database, version)
  return await cardsUpTo(database, run, round)
}

async function cardsUpTo(database: HubDatabase, run: Id<'run'>, round: number): Promise<SignedDataCard[]> {
  const trained = await condensedOr(database, run, {
    condensed: () => condensedCards(database, run, ['in-result']),
    rows: () => trainedCards(database, run, round),
  })
  const cards = await cardsById(
    database,
    trained.map(({ card }) => card),
  )
  return [...cards.values()].toSorted((a, b) => (a.document.id < b.document.id ? -1 : 1))
}

function nameOf(names: ReadonlyMap<string, string>, member: string): string {
  return names.get(member) ?? member
}

function byMember(a: { readonly member: string }, b: { readonly member: string }): number {
  return a.member < b.member ? -1 : a.member > b.member ? 1 : 0
}
