import { readMaterial } from '../engine/material.ts'
import type { CaseName } from '../engine/networks.ts'
import { type Server, serve, type Trainer } from '../engine/serve.ts'
import { createStepper } from './consort-engine.ts'

const folder = process.argv[2] ?? ''
await serve('npm ci', start)

async function start(): Promise<Server> {
  const trial = await open('b', 32)
  await trial.close?.()
  return { name: 'Consort', version: '0.1.0', open }
}

async function open(name: CaseName, batch: number): Promise<Trainer> {
  const { inputs, labels, weights } = readMaterial(folder, name, batch)
  const stepper = await createStepper(name, batch, weights)
  return { step: () => stepper.step(inputs, labels), close: () => stepper.close() }
}
