import { randomBytes } from 'node:crypto'
import { quantile } from '../pairs.ts'
import type { Race, RaceOptions, Result } from '../race.ts'
import { openDiskFolder } from '../round/disk-folder.ts'
import { type ChunkFolder, openChunkFolder } from '../secagg/chunk-folder.ts'
import { createConsortium } from '../secagg/consortium.ts'
import { type MaskedRound, playMaskedRound } from '../secagg/masked-round.ts'
import { playPlainRound } from '../secagg/plain-round.ts'

/** What secure aggregation costs in bytes and in processor time. */
export const secagg: Race = {
  name: 'secagg',
  summary: 'secure aggregation: traffic, and time at nodes and hub, against rounds without',
  run,
  tryOut,
}

/** Bonawitz et al. 2017, table 3: 1.73 times the plain 16-bit values with 2^7 users and 2^20 values. */
const expansionMax = 1.73
const floatExpansionMax = 1.05
const nodeSecondsMax = 1
const hubRatioMax = 1.3
const entropy = { bytes: (count: number) => new Uint8Array(randomBytes(count)) }

async function run(options: RaceOptions): Promise<Result[]> {
  await using disk = openDiskFolder()
  const folder = openChunkFolder(disk.path)
  const traffic = await trafficRows(options, folder)
  return [...traffic, ...(await timeRows(options, folder))]
}

async function tryOut(): Promise<void> {
  await using disk = openDiskFolder()
  const folder = openChunkFolder(disk.path)
  const size = { partners: 5, values: 1000 }
  await playMaskedRound(createConsortium(size), { dropouts: 1, entropy, folder })
  await folder.empty()
  await playPlainRound(size, folder)
}

async function trafficRows({ quick, say }: RaceOptions, folder: ChunkFolder): Promise<Result[]> {
  const [partners, values] = [100, quick ? 2 ** 16 : 2 ** 20]
  const rows: Result[] = []
  for (const dropouts of [0, 33]) {
    const { traffic, hub, nodes, error } = await playMaskedRound(createConsortium({ partners, values }), {
      dropouts,
      entropy,
      folder,
    })
    await folder.empty()
    const bytes = Math.max(...traffic)
    const what = `${partners} partners, ${values} values, ${dropouts} drop out`
    const remark = `${what}: ${bytes} bytes at the node with most, all phases, up and down, JSON bodies without HTTP; node ${seconds(nodes.map(it => it.cpu))} CPU s, hub ${hub.cpu.toFixed(1)} CPU s, largest error of the mean ${error.toExponential(1)}`
    say(remark)
    const row = (name: string, peer: string, plain: number, most: number): Result => ({
      ...lessIsBetter(`${name}, ${dropouts} out`, peer, bytes / plain, most),
      unit: '×',
      remark,
    })
    rows.push(row('traffic vs plaintext', 'Bonawitz et al. 2017', values * 2, expansionMax))
    rows.push(row('traffic vs fp32', 'target', values * 4, floatExpansionMax))
  }
  return rows
}

async function timeRows({ quick, say }: RaceOptions, folder: ChunkFolder): Promise<Result[]> {
  const [partners, values, pairs] = [10, quick ? 1_000_000 : 10_000_000, quick ? 1 : 5]
  const consortium = createConsortium({ partners, values })
  const seen: { masked: MaskedRound; ratio: number; wall: number }[] = []
  for (let pair = -1; pair < pairs; pair++) {
    const play = () => playMaskedRound(consortium, { dropouts: 0, entropy, folder })
    const before = pair % 2 === 0 ? await play() : undefined
    await folder.empty()
    const plain = await playPlainRound({ partners, values }, folder)
    await folder.empty()
    const masked = before ?? (await play())
    await folder.empty()
    const walls = {
      masked: masked.hub.wall + masked.nodes.reduce((sum, it) => sum + it.wall, 0),
      plain: plain.hub.wall + plain.nodes.wall,
    }
    say(
      `hub ${masked.hub.cpu.toFixed(2)} CPU s masked, ${plain.hub.cpu.toFixed(2)} plain; node ${seconds(masked.nodes.map(it => it.cpu))}; errors ${masked.error.toExponential(1)} and ${plain.error.toExponential(1)}`,
    )
    if (pair >= 0)
      seen.push({ masked, ratio: masked.hub.cpu / plain.hub.cpu, wall: walls.masked / walls.plain })
  }
  const dropped = await playMaskedRound(consortium, { dropouts: 3, entropy, folder })
  const what = `${partners} partners × ${values} values`
  const node = quantile(
    seen.flatMap(({ masked }) => masked.nodes.map(it => it.cpu)),
    0.5,
  )
  const ratios = seen.map(({ ratio }) => ratio)
  const hub = `processor time of the hub: digests, disk with sync, sum, unmasking, mean; with 3 dropouts ${dropped.hub.cpu.toFixed(2)} CPU s instead of ${quantile(
    seen.map(it => it.masked.hub.cpu),
    0.5,
  ).toFixed(2)}`
  return [
    {
      ...lessIsBetter('added CPU-seconds per node', 'target', node, nodeSecondsMax),
      unit: 's',
      remark: `${what}: all that a node does in the protocol, nothing taken off; median, all: ${seconds(seen.flatMap(({ masked }) => masked.nodes.map(it => it.cpu)))}`,
    },
    {
      ...lessIsBetter('hub time ratio', 'plain round', quantile(ratios, 0.5), hubRatioMax),
      unit: '×',
      pairs: ratios.length,
      quartiles: [hubRatioMax / quantile(ratios, 0.75), hubRatioMax / quantile(ratios, 0.25)],
      remark: `${what}: ${hub}`,
    },
    {
      race: secagg.name,
      case: 'single-box wall ratio',
      peer: 'plain round',
      ours: quantile(
        seen.map(it => it.wall),
        0.5,
      ),
      theirs: 1,
      unit: '×',
      ratio:
        1 /
        quantile(
          seen.map(it => it.wall),
          0.5,
        ),
      goal: 0,
      met: null,
      remark: `${what}: all nodes and the hub one after the other on one machine, training not counted; told, without a goal`,
    },
  ]
}

function lessIsBetter(name: string, peer: string, ours: number, most: number): Omit<Result, 'unit'> {
  return {
    race: secagg.name,
    case: name,
    peer,
    ours,
    theirs: most,
    ratio: most / ours,
    goal: 1,
    met: ours <= most,
  }
}

function seconds(all: readonly number[]): string {
  return `${Math.min(...all).toFixed(2)} - ${Math.max(...all).toFixed(2)}`
}
