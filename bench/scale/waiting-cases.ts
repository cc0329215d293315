import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { nodeEndpoints } from '@consort/protocol'
import { holderOf, joinPartners, putTriage, review, termsFor, trainModel, unsure } from '../../test/asking.ts'
import { openNetwork } from '../../test/network.ts'
import { timesOf } from './times-of.ts'

/** Milliseconds of an expert's calls at a node with so many waiting cases, and half as many closed ones. */
export interface ReviewTimes {
  readonly list: number[]
  /** The first and the final answer to one case, together. */
  readonly answer: number[]
}

export async function measureReview(of: { cases: number; calls: number }): Promise<ReviewTimes> {
  await using network = await openNetwork()
  await joinPartners(network)
  await network.agree(termsFor(['a', 'b']))
  const asking = await putTriage(network, await trainModel(network))
  const { id } = await asking.ask(unsure)
  await network.stopNode('a')
  copyCases(join(network.directory, 'a', 'node.sqlite'), id, of.cases)
  await network.startNode('a')
  const expert = holderOf(network, 'a', asking.expert.key)
  const { open } = await expert(nodeEndpoints.listReviews)
  return {
    list: await timesOf(of.calls, () => expert(nodeEndpoints.listReviews)),
    answer: await timesOf(of.calls, number => review(expert, open[number]!, 'ill')),
  }
}

const at = '2026-01-01T00:00:00.000Z'
const judged = (stage: string) => ({
  [`${stage}_class`]: "'ill'",
  [`${stage}_by`]: "'operator'",
  [`${stage}_name`]: "'operator'",
  [`${stage}_at`]: `'${at}'`,
})

function copyCases(path: string, template: string, cases: number): void {
  using database = new DatabaseSync(path)
  const columns = database.prepare("select name from pragma_table_info('asked_case')").all()
  const names = columns.map(({ name }) => String(name))
  const insert = (id: string, own: Readonly<Record<string, string>>): void => {
    const values = names.map(name => ({ ...own, id: `'${id}'`, idempotency_key: `'${id}'` })[name] ?? name)
    const select = `select ${values} from asked_case where id = ?`
    database.prepare(`insert into asked_case (${names}) ${select}`).run(template)
  }
  const idOf = (sort: string, number: number) => `cas_0${sort}${String(number).padStart(14, '0')}`
  const closed = cases / 2
  database.exec('begin')
  for (let number = 0; number < cases; number++)
    insert(idOf('w', number), { role: number % 5 === 0 ? "'calibrate'" : "'train'" })
  for (let number = 0; number < closed; number++) {
    const own = { role: "'train'", closing: String(number + 1), ...judged('first'), ...judged('final') }
    insert(idOf('c', number), own)
  }
  const { agent, dataset } = database
    .prepare('select agent, dataset from asked_case where id = ?')
    .get(template)!
  // What the node counts when a case comes or is closed.
  const add = database.prepare(
    'insert into case_tally values (?, ?, ?) on conflict do update set count = count + excluded.count',
  )
  add.run('waiting/defer', agent!, cases)
  add.run('closed', 'operator', closed)
  add.run('labelled/train', dataset!, closed)
  database.prepare('update dataset set cases = ? where current = 1 and dataset = ?').run(closed, dataset!)
  database.exec('commit')
}
