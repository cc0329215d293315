import { type AdapterSpec, createRandom, type Random, Refusal } from '@consort/protocol'
import { Tensor } from 'onnxruntime-node'
import { type OpenGraph, openGraph } from '../../executor/open-graph.ts'
import { parameterTensors } from '../../executor/parameter-tensors.ts'
import { never } from '../../transformer/attention.ts'
import { rotaryNumbers } from '../../transformer/rotary.ts'
import type { Decoder, DecoderSetup } from '../text-decoder.ts'
import { type AdapterPlan, planOf } from './adapter-plan.ts'
import { decodingGraph, decodingNames } from './decoding-graph.ts'
import { tensorsOf } from './frozen-tensors.ts'
import type { RotaryConfig } from './networks/llama.ts'

/** So many tokens of a prompt are read at one time. */
const promptPiece = 32

/**
 * Opens a base of the families llama and qwen2 with an adapter, to write texts. Throws `recipe-invalid` for other
 * families.
 */
export async function openDecoder(spec: AdapterSpec, setup: DecoderSetup): Promise<Decoder> {
  const { weights, threads = 1 } = setup
  const { config, name } = spec.base
  if (!('rope' in config)) {
    throw new Refusal('recipe-invalid', `${name} is a ${config.family}, which does not write texts here`, {
      hint: 'Take a base of the families llama or qwen2.',
    })
  }
  const plan = planOf({ ...spec, task: 'generate' }, { outputs: 0, lengthMax: config.positions })
  const base = await tensorsOf(plan, setup.base)
  const parameters = parameterTensors(plan, weights(plan.layout), parameter => parameter)
  const open = async (count: number): Promise<OpenGraph> => {
    const { graph, open: inputs } = decodingGraph(plan, base, count)
    return await openGraph(graph, threads, { batch: { symbol: 'P', inputs, outputs: [] } })
  }
  const graphs = { [promptPiece]: await open(promptPiece), 1: await open(1) }

  const read = async (tokens: Int32Array, places: Places): Promise<Float32Array> => {
    const count = tokens.length === promptPiece ? promptPiece : 1
    const from = places.take(count)
    const { cosine, sine } = rotaryNumbers({
      from: from - 1,
      count,
      width: config.headSize,
      rope: config.rope,
    })
    const shape = [count, 1, config.headSize]
    const scores = new Float32Array(config.vocabulary)
    await graphs[count].run(
      {
        ...parameters,
        ...places.before(from),
        [decodingNames.ids]: new Tensor('int64', BigInt64Array.from(tokens, BigInt), [1, count]),
        [decodingNames.cosine]: new Tensor('float32', cosine, shape),
        [decodingNames.sine]: new Tensor('float32', sine, shape),
      },
      {
        ...places.made(from, count),
        [decodingNames.scores]: new Tensor('float32', scores, [1, scores.length]),
      },
    )
    return scores
  }

  return {
    async *decode({ prompt, tokensMax, temperature, seed, stop }) {
      checkPrompt(plan, prompt, tokensMax)
      const random = createRandom(seed)
      const places = createPlaces(config, prompt.length + tokensMax)
      let scores: Float32Array = new Float32Array()
      for (let at = 0; at < prompt.length; ) {
        const count = prompt.length - at >= promptPiece ? promptPiece : 1
        scores = await read(prompt.subarray(at, at + count), places)
        at += count
      }
      for (let made = 0; made < tokensMax; made++) {
        const token = temperature === 0 ? likeliest(scores) : drawn(scores, temperature, random)
        if (stop.has(token)) return
        yield token
        if (made + 1 < tokensMax) scores = await read(Int32Array.of(token), places)
      }
    },
    async close() {
      for (const graph of Object.values(graphs)) await graph.close()
    },
  }
}

type Places = ReturnType<typeof createPlaces>

/** Keys and values of all tokens so far, for each layer: graphs read what is there, and write behind it. */
function createPlaces({ layers, keyValueHeads: groups, headSize: width }: RotaryConfig, tokensMax: number) {
  const size = groups * width
  const capacity = tokensMax + 1
  const empty = new Float32Array(capacity)
  empty[0] = never // the first place holds no token
  const memories = Array.from({ length: layers }, () => ({
    keys: new Float32Array(capacity * size),
    values: new Float32Array(capacity * size),
  }))
  let taken = 1
  const tensors = (nameOf: typeof decodingNames.before, from: number, count: number) =>
    Object.fromEntries(
      memories.flatMap((memory, layer) =>
        (['keys', 'values'] as const).map(part => {
          const view = memory[part].subarray(from * size, (from + count) * size)
          return [nameOf(layer, part), new Tensor('float32', view, [count, groups, width])]
        }),
      ),
    )
  return {
    /** The first of so many places that follow; the first token of all is at 1. */
    take(count: number): number {
      taken += count
      return taken - count
    },
    before: (from: number) => ({
      ...tensors(decodingNames.before, 0, from),
      [decodingNames.empty]: new Tensor('float32', empty.subarray(0, from), [from, 1]),
    }),
    made: (from: number, count: number) => tensors(decodingNames.made, from, count),
  }
}

function checkPrompt({ spec }: AdapterPlan, prompt: Int32Array, tokensMax: number): void {
  const { name, config } = spec.base
  const refuse = (why: string): Refusal =>
    new Refusal('input-invalid', `The prompt ${why}`, { hint: 'Shorten it, or ask for fewer tokens.' })
  if (prompt.length === 0) throw refuse('is empty')
  if (prompt.length + tokensMax > config.positions)
    throw refuse(`and ${tokensMax} more tokens are more than the ${config.positions} that ${name} can hold`)
  if (!prompt.every(token => token >= 0 && token < config.vocabulary))
    throw refuse(`has a token outside the ${config.vocabulary} of ${name}`)
}

function likeliest(scores: Float32Array): number {
  let best = 0
  for (let token = 1; token < scores.length; token++) if (scores[token]! > scores[best]!) best = token
  return best
}

/** Draws a token with probability ∝ exp(score / temperature). */
function drawn(scores: Float32Array, temperature: number, random: Random): number {
  const most = scores[likeliest(scores)]!
  const powers = Float64Array.from(scores, score => Math.exp((score - most) / temperature))
  let rest = random.uniform() * powers.reduce((sum, power) => sum + power, 0)
  for (let token = 0; token < powers.length; token++) {
    rest -= powers[token]!
    if (rest < 0) return token
  }
  return likeliest(scores)
}
