import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { encodeTyped } from '@consort/data'
import {
  type Caller,
  hubEndpoints,
  type Id,
  inputShapeOf,
  type ModelCard,
  parseRecipe,
} from '@consort/protocol'
import { exportedOrigin } from '@consort/train'
import { type FetchedModel, fetchModel } from '../fetch-model.ts'
import { createLiveLines, progressBar } from '../output/live-lines.ts'
import { percent } from '../output/run-display.ts'
import { formatTable, note, printResult } from '../output/terminal.ts'
import { type Session, withHub } from '../session.ts'
import type { PageOptions } from './run.ts'

/** Prints the models of the consortium. */
export async function listModels(session: Session, query: PageOptions): Promise<void> {
  const { say, terminal } = session
  const { models, next } = await withHub(session, call => call(hubEndpoints.listModels, { query }))
  printResult(terminal, models, () =>
    models.length === 0
      ? say.nothingYet
      : formatTable(
          terminal,
          [say.word.model, say.word.name, say.word.round, say.word.accuracy, say.word.created],
          models.map(model => [
            model.id,
            model.name,
            model.round,
            model.accuracy === null ? '–' : percent(model.accuracy),
            model.created.slice(0, 16).replace('T', ' '),
          ]),
        ),
  )
  if (next !== null) note(terminal, say.listGoesOn(next))
}

/** Prints the model card of a version. */
export async function showModel(session: Session, version: string): Promise<void> {
  const card = await withHub(session, call =>
    call(hubEndpoints.getModel, { params: { version: version as Id<'version'> } }),
  )
  printResult(session.terminal, card, () =>
    [...privacyLines(session, card), JSON.stringify(card, null, 2)].join('\n'),
  )
}

/** What may have become known of the records, before anything else. */
function privacyLines({ say }: Session, { privacy }: ModelCard): string[] {
  if (privacy.length === 0) return []
  const lines = privacy.flatMap(({ member, unit, epsilon, delta, budget, exempt }) => [
    say.privacyOf({
      member,
      unit,
      epsilon: epsilon.toPrecision(3),
      delta: delta.toPrecision(2),
      budget: String(budget),
    }),
    ...Object.entries(exempt).map(([sort, words]) =>
      say.privacyExempt(member, say.exemption[sort as keyof typeof exempt], words),
    ),
  ])
  return [...lines, say.privacyAgainst, '']
}

/** Writes a version as an ONNX file. */
export async function exportToFile(
  session: Session,
  version: string,
  { output }: { output?: string },
): Promise<void> {
  const { card, onnx } = await withHub(session, call => fetchShown(session, call, version))
  const path = output ?? `${card.name}.onnx`
  writeFileSync(path, onnx)
  printResult(session.terminal, { path, bytes: onnx.length, version: card.id }, () =>
    session.say.exported(path),
  )
}

/** With a bar, since models can be large. */
async function fetchShown(
  { terminal, signal }: Session,
  call: Caller,
  version: string,
): Promise<FetchedModel> {
  const live = createLiveLines(terminal)
  const onProgress = (done: number): void => live.draw([`${version}  ${progressBar(done, 30)}`])
  try {
    return await fetchModel(call, version, { onProgress, signal })
  } finally {
    live.end()
  }
}

/** Asks an exported file, or a version at the hub, about one picture or one record. */
export async function predict(session: Session, model: string, input: string): Promise<void> {
  const onnx = existsSync(model)
    ? readFileSync(model)
    : (await withHub(session, call => fetchShown(session, call, model))).onnx
  const recipe = parseRecipe(exportedOrigin(onnx).recipe)
  const outputs = await run(onnx, await encodeTyped(input, recipe), [1, ...inputShapeOf(recipe.input)])
  if (recipe.task.kind === 'regression') {
    const value = outputs.scores![0]!
    printResult(session.terminal, { value }, () => String(value))
    return
  }
  const { classes } = recipe.task
  const shares = outputs.probabilities
  if (!shares) {
    printResult(session.terminal, { scores: [...outputs.scores!] }, () => [...outputs.scores!].join(' '))
    return
  }
  const ranked = classes
    .map((name, index) => ({ name, probability: shares[index]! }))
    .sort((a, b) => b.probability - a.probability)
  printResult(
    session.terminal,
    {
      class: ranked[0]!.name,
      probabilities: Object.fromEntries(ranked.map(({ name, probability }) => [name, probability])),
    },
    () =>
      ranked
        .slice(0, 5)
        .map(
          ({ name, probability }) =>
            `${name.padEnd(12)} ${progressBar(probability, 24)} ${percent(probability)}`,
        )
        .join('\n'),
  )
}

/** ONNX Runtime is loaded only here: no other command needs it. */
async function run(
  onnx: Uint8Array,
  values: Float32Array,
  shape: number[],
): Promise<Record<string, Float32Array>> {
  const { runExported } = await import('@consort/train/engine')
  return await runExported(onnx, values, shape)
}
