import { fileURLToPath } from 'node:url'
import type { Command } from '../contestant.ts'
import type { Way } from '../engine/protocol.ts'

export const howToInstallPyTorch =
  'no Python with torch was found: install it (apt install python3-torch, or pip install torch) or name the interpreter in CONSORT_BENCH_PYTHON'

export function pyTorchCommand(file: string, folder: string, way: Way): Command {
  return { file, args: [fileURLToPath(new URL('./pytorch.py', import.meta.url)), folder, way] }
}
