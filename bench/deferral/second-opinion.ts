import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { openScorer } from '@consort/train/engine'
import { classes } from '../guarantee/cifar-files.ts'
import { type Pictures, readPictures, side, viewOf } from './cifar-pictures.ts'
import { publishedWeights, secondRecipe, trainSecond } from './second-model.ts'

/** Moved by a pixel at most, each also mirrored. */
const views = [false, true].flatMap(mirrored =>
  [
    [0, 0],
    [1, 0],
    [-1, 0],
    [0, 1],
    [0, -1],
  ].map(([dx, dy]) => ({ mirrored, dx: dx!, dy: dy! })),
)

export interface SecondOpinion {
  /** Mean over the views, images × classes. */
  readonly logits: Float64Array
  /** Share of the test images that it gets right. */
  readonly accuracy: number
}

/**
 * What a ResNet-20, published by others and trained on CIFAR-10's training images, gives to the test images after our
 * engine has trained it on with the training images as the files hold them: as JPEGs, on which it gets 81.0 % right as
 * published.
 */
export async function secondOpinion(
  folder: string,
  { quick, say }: { quick: boolean; say: (line: string) => void },
): Promise<SecondOpinion> {
  const onnx = readFileSync(join(folder, 'models', 'cifar10_resnet20.onnx'))
  const published = publishedWeights(onnx)
  const weights = quick
    ? published
    : await trainSecond(
        published,
        () => readPictures(folder, 'train'),
        (epoch, loss) => say(`second model, epoch ${epoch}: loss ${loss.toFixed(4)}`),
      )
  const test = await readPictures(folder, 'test')
  const logits = await meanLogits(weights, test, quick ? views.slice(0, 1) : views)
  return { logits, accuracy: accuracyOf(logits, test.labels) }
}

async function meanLogits(
  weights: Float32Array,
  pictures: Pictures,
  used: typeof views,
): Promise<Float64Array> {
  const sum = new Float64Array(pictures.count * classes)
  for (const view of used) {
    const { count, labels } = pictures
    const seen = { count, inputShape: [3, side, side], inputs: viewOf(pictures, view), labels }
    const scorer = await openScorer(secondRecipe, seen, 2)
    for (const [index, logit] of (await scorer.score(weights)).entries()) sum[index]! += logit / used.length
    await scorer.close()
  }
  return sum
}

function accuracyOf(logits: Float64Array, labels: Int32Array): number {
  const right = labels.filter((label, row) => {
    const own = logits.subarray(row * classes, (row + 1) * classes)
    return own.indexOf(Math.max(...own)) === label
  })
  return right.length / labels.length
}
