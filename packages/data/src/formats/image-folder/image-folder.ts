import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import { switchFlag, textFlag } from '../flags.ts'
import { format } from '../format.ts'
import { pathField } from '../source-fields.ts'

const folderFlag = textFlag('--images <folder>', {
  en: 'a folder with one sub-folder of PNG or JPEG files for each class',
  zh: '文件夹，每个类别一个子文件夹，内含 PNG 或 JPEG',
})
const sizeFlag = textFlag('--size <size>', {
  en: 'height×width that pictures become, e.g. 28x28',
  zh: '图片统一成的高×宽，例如 28x28',
})
const colourFlag = switchFlag('--colour', { en: 'keep colours (three channels)', zh: '保留颜色（三通道）' })

/** One folder a class, PNG or JPEG files inside; all become one size. */
export const imageFolder = format({
  schema: z.strictObject({
    kind: z.literal('image-folder'),
    path: pathField,
    height: z.int().min(1).max(4096),
    width: z.int().min(1).max(4096),
    channels: z.union([z.literal(1), z.literal(3)]).default(1),
  }),
  paths: ['path'],
  flags: {
    files: folderFlag,
    others: [sizeFlag, colourFlag],
    sourceOf(given) {
      const match = /^(\d+)x(\d+)$/.exec(given(sizeFlag) ?? '')
      if (!match) {
        throw new Refusal('input-invalid', '--images needs --size HEIGHTxWIDTH', {
          hint: 'All pictures become this size, e.g. --size 28x28.',
        })
      }
      const size = { height: Number(match[1]), width: Number(match[2]) }
      const channels: 1 | 3 = given(colourFlag) ? 3 : 1
      return { kind: 'image-folder' as const, path: given(folderFlag) ?? '', ...size, channels }
    },
  },
  exports: ({ path }) => ({
    as: 'pictures',
    list: async () => (await import('../../images/image-files.ts')).listImageFiles(path),
  }),
  async open(source) {
    const { readImageFolder } = await import('../../images/read-image-folder.ts')
    return { read: options => readImageFolder(source, options) }
  },
})
