import {
  advertiseKeys,
  closeInputs,
  closeKeys,
  closeOpenings,
  closeShares,
  closeSignatures,
  createMaskedSum,
  deliveryTo,
  keyListOf,
  type Masked,
  maskInput,
  type Opened,
  openAggregation,
  receiveAdvertisement,
  receiveInput,
  receiveOpening,
  receiveShares,
  receiveSignature,
  shareKeys,
  signSurvivors,
  unmask,
} from '@consort/privacy'
import { type Entropy, manifestOf } from '@consort/protocol'
import type { ChunkFolder } from './chunk-folder.ts'
import { type Consortium, createUpdate, errorOf } from './consortium.ts'
import type { Time } from './processor-time.ts'
import { createRoundMeter } from './round-meter.ts'

export type MaskedRound = {
  /** Bytes of each survivor, up and down, all phases: the bodies of messages as JSON, and the masked values. */
  traffic: readonly number[]
  /** Of each survivor, in all phases. */
  nodes: readonly Time[]
  hub: Time
  /** Of the mean that came out. */
  error: number
}

/** Plays a whole round in one process; `dropouts` partners stop after they have dealt their shares. */
export async function playMaskedRound(
  { context, identities }: Consortium,
  { dropouts, entropy, folder }: { dropouts: number; entropy: Entropy; folder: ChunkFolder },
): Promise<MaskedRound> {
  const names = context.members.map(member => member.name)
  const meter = createRoundMeter(names)
  const { node, hub, sent, each, collect } = meter
  const identity = (name: string) => identities.get(name)!

  const advertised = await each(names, self =>
    advertiseKeys(context, { self, identity: identity(self), entropy }),
  )
  const keys = going(closeKeys(await collect(openAggregation(context), advertised, receiveAdvertisement)))
  const shared = await each(names, name =>
    shareKeys(advertised.get(name)!, sent(name, keyListOf(keys)), identity(name)),
  )
  const shares = going(closeShares(await collect(keys, shared, receiveShares)))

  const survivors = names.slice(dropouts)
  const masked = new Map<string, Masked>()
  for (const name of survivors) {
    const update = createUpdate(context.values, names.indexOf(name))
    const delivery = sent(name, await hub(() => deliveryTo(name, shares)))
    const { state, values } = await node(name, () =>
      maskInput(shared.get(name)!, delivery, { update, identity: identity(name) }),
    )
    masked.set(name, state)
    meter.count(name, values.bytes.length)
    const manifest = manifestOf(values.bytes)
    await hub(() => folder.put(name, values.bytes, manifest))
  }
  const inputs = going(closeInputs(await collect(shares, masked, receiveInput)))
  const signed = await each(survivors, name =>
    signSurvivors(masked.get(name)!, sent(name, inputs.list), identity(name)),
  )
  const signatures = going(closeSignatures(await collect(inputs, signed, receiveSignature)))
  const opened = await each(survivors, name => unmask(signed.get(name)!, sent(name, signatures.proof)))
  const openings = await collect(signatures, opened, receiveOpening)
  const end: Opened = going(await hub(() => closeOpenings(openings)))
  const mean = await hub(async () => {
    const sum = createMaskedSum(context)
    for (const name of survivors)
      for await (const { bytes, offset } of folder.pieces(name)) sum.add(bytes, offset)
    sum.unmask(end)
    const result = sum.mean(0, context.values)
    await folder.put('result', result)
    return result
  })
  return {
    traffic: survivors.map(name => meter.traffic.get(name)!),
    nodes: survivors.map(name => meter.nodes.get(name)!),
    hub: meter.hubTime(),
    error: errorOf(
      mean,
      survivors.map(name => names.indexOf(name)),
    ),
  }
}

function going<S extends { stage: string }>(state: S): Exclude<S, { stage: 'discarded' }> {
  if (state.stage === 'discarded') throw new Error('why' in state ? String(state.why) : 'discarded')
  return state as Exclude<S, { stage: 'discarded' }>
}
