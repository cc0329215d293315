/** What loads the decoder of pictures: kept apart, since neither hub nor browser decodes any. */

export { encodeImage } from './encode-image.ts'
export type { ImageSize } from './image-input.ts'
export { readImage } from './read-image.ts'
