import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { dirichletSplit, type ImageDataset, writeGreyImage, writeIdx } from '@consort/data'
import type { AskedRecord, Job, Share } from '../job.ts'
import { digitWords } from './digit-words.ts'
import { readDigits } from './read-digits.ts'

/** Four organisations train one model on handwritten digits. */
export const digits: Job = {
  partners: ['post', 'bank', 'school', 'clinic'],
  dataset: 'digits',
  recipe: 'mnist-cnn',
  // a wrong answer costs as much as so many looks of a person: so the agent asks where it is below 98 % sure
  desk: { agent: 'digits', alpha: 0.02, costs: { error: 50, price: 1, waiting: 0 }, askedMax: 400 },
  words: digitWords,
  async deal(root, { partners, examiner, seed }) {
    const [train, test] = [await readDigits('train'), await readDigits('t10k')]
    const parts = dirichletSplit(train.labels, { parts: partners.length, alpha: 0.5, seed })
    const all = Int32Array.from({ length: test.count }, (_, index) => index)
    return {
      shares: await Promise.all(
        partners.map((name, index) => writeShare(join(root, name, 'records'), name, train, parts[index]!)),
      ),
      test: await writeShare(join(root, examiner, 'records'), examiner, test, all),
      questions: questionsOf(test, root),
      async sample() {
        const path = join(root, `digit-${test.labels[0]}.png`)
        await writePicture(path, test, 0)
        return path
      },
    }
  },
}

async function writeShare(
  directory: string,
  name: string,
  digits: ImageDataset,
  indices: Int32Array,
): Promise<Share> {
  mkdirSync(directory, { recursive: true })
  const images = join(directory, 'images.idx3.gz')
  const labels = join(directory, 'labels.idx1.gz')
  await writeIdx(digits, { images, labels }, indices)
  const perDigit = Array.from({ length: 10 }, (_, digit) =>
    indices.reduce((sum, i) => sum + (digits.labels[i] === String(digit) ? 1 : 0), 0),
  )
  const source = { kind: 'idx' as const, images, labels }
  return { name, source, count: indices.length, spread: sketchOf(perDigit) }
}

const heights = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█']

function sketchOf(counts: readonly number[]): string {
  const most = Math.max(...counts)
  return counts.map(count => heights[Math.ceil((count / most) * 8)]).join('')
}

async function* questionsOf(test: ImageDataset, root: string): AsyncGenerator<AskedRecord> {
  const path = join(root, 'asked.png')
  for (let image = 0; image < test.count; image++) {
    await writePicture(path, test, image)
    const file = readFileSync(path).toString('base64')
    yield { record: { kind: 'image', file }, label: test.labels[image]!, name: String(image) }
  }
}

async function writePicture(path: string, test: ImageDataset, image: number): Promise<void> {
  const { height, width, pixels } = test
  const size = height * width
  await writeGreyImage(path, pixels.slice(image * size, (image + 1) * size), { height, width })
}
