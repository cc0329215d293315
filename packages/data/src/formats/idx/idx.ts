import { Refusal } from '@consort/protocol'
import { z } from 'zod'
import { textsFlag } from '../flags.ts'
import { format } from '../format.ts'
import { pathField } from '../source-fields.ts'

const filesFlag = textsFlag('--idx <files...>', {
  en: 'two IDX files, images then labels; .gz is fine',
  zh: '两个 IDX 文件，先图片后标签；可为 .gz',
})

/** The MNIST family's format, gzipped or not: one file of images, one of labels. */
export const idx = format({
  schema: z.strictObject({ kind: z.literal('idx'), images: pathField, labels: pathField }),
  paths: ['images', 'labels'],
  flags: {
    files: filesFlag,
    others: [],
    sourceOf(given) {
      const [images, labels, ...more] = given(filesFlag) ?? []
      if (images === undefined || labels === undefined || more.length > 0) {
        throw new Refusal('input-invalid', '--idx takes two files: images, then labels')
      }
      return { kind: 'idx' as const, images, labels }
    },
  },
  exports: () => ({
    as: 'nothing',
    why: 'is registered from IDX files, which hold no metadata',
    hint: 'Register the pictures as a folder to export them.',
  }),
  async open(source) {
    const { readIdx } = await import('../../idx/read-idx.ts')
    return { read: options => readIdx(source, options) }
  },
})
