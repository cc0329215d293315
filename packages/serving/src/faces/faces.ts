import type { Face } from './face.ts'
import { openAi } from './open-ai/open-ai.ts'
import { openInference } from './open-inference/open-inference.ts'

/** Every protocol of others that a node speaks. */
export const faces: readonly Face[] = [openInference, openAi]
