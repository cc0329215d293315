import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { openPolicy, policyPlaceOf } from '@consort/node'
import { hubEndpoints, missingSigners, nodeEndpoints, presetRecipe, Refusal } from '@consort/protocol'
import { exportModel, initialWeights, planModel } from '@consort/train'
import { exitCodes } from '../exit-codes.ts'
import type { Messages } from '../language/messages.ts'
import { formatTable, printResult } from '../output/terminal.ts'
import { nodeConfigOf, placeOf, type Session, withHub, withNode } from '../session.ts'

interface Finding {
  readonly check: keyof Messages['check']
  readonly good: boolean
  readonly detail: string
  readonly hint?: string
}

/** Looks at everything that has to be right, and goes on after the first fault. Returns the exit code. */
export async function runDoctor(session: Session): Promise<number> {
  const findings: Finding[] = []
  const look = async (
    check: Finding['check'],
    find: () => Promise<Omit<Finding, 'check'>> | Omit<Finding, 'check'>,
  ): Promise<void> => {
    try {
      findings.push({ check, ...(await find()) })
    } catch (error) {
      const hint = error instanceof Refusal ? error.hint : undefined
      findings.push({
        check,
        good: false,
        detail: error instanceof Error ? error.message : String(error),
        ...(hint && { hint }),
      })
    }
  }

  await look('node', () => ({ good: true, detail: process.version }))
  await look('directory', () => ({
    good: true,
    detail: `${placeOf(session).kind}${session.say.colon}${placeOf(session).path}`,
  }))
  const hasPlace = findings.at(-1)!.good
  if (hasPlace) {
    await look('space', () => freeSpace(placeOf(session).path))
    await look('sync', () => syncSpeed(placeOf(session).path))
  }
  await look('engine', checkEngine)
  if (hasPlace) {
    await look('hub', () => checkHub(session))
    await look('clock', () => checkClock(session))
    await look('roster', () => checkRosters(session))
    if (placeOf(session).kind === 'node') {
      await look('policy', () => checkPolicyFile(session))
      await look('dataset', () => checkDatasets(session))
    }
  }
  const bad = findings.filter(finding => !finding.good).length
  printResult(session.terminal, { healthy: bad === 0, findings }, () => findingsText(session, findings, bad))
  return bad === 0 ? exitCodes.done : exitCodes.checkFailed
}

function findingsText({ say, terminal }: Session, findings: readonly Finding[], bad: number): string {
  const rows = findings.map(({ check, good, detail }) => [
    terminal.paint(good ? 'good' : 'bad', good ? '✓' : '✗'),
    say.check[check],
    detail,
  ])
  const hints = findings
    .filter(finding => finding.hint)
    .map(({ check, hint }) => `${say.check[check]}${say.colon}${hint}`)
  return [
    formatTable(terminal, ['', '', ''], rows).trimStart(),
    ...hints,
    bad === 0 ? say.doctorGood : say.doctorBad(bad),
  ].join('\n')
}

const gibibyte = 2 ** 30

function freeSpace(path: string): Omit<Finding, 'check'> {
  const { bavail, bsize } = statfsSync(path)
  const free = (bavail * bsize) / gibibyte
  return {
    good: free > 1,
    detail: `${free.toFixed(1)} GiB`,
    ...(free <= 1 && { hint: 'Updates and versions need room: free some.' }),
  }
}

/** Durability costs one sync an answer: a slow disk is the usual reason for slow rounds. */
function syncSpeed(path: string): Omit<Finding, 'check'> {
  const file = join(path, `doctor-${process.pid}`)
  mkdirSync(path, { recursive: true })
  const handle = openSync(file, 'w')
  try {
    const times = Array.from({ length: 9 }, () => {
      writeSync(handle, 'x')
      const start = performance.now()
      fsyncSync(handle)
      return performance.now() - start
    }).sort((a, b) => a - b)
    const median = times[4]!
    const good = median < 50
    return {
      good,
      detail: `${median.toFixed(1)} ms`,
      ...(!good && { hint: 'This disk syncs slowly; put the directory on a local one.' }),
    }
  } finally {
    closeSync(handle)
    rmSync(file, { force: true })
  }
}

async function checkEngine(): Promise<Omit<Finding, 'check'>> {
  const recipe = presetRecipe('table-logistic')
  const plan = planModel(recipe)
  const { runExported } = await import('@consort/train/engine')
  const onnx = exportModel(recipe, initialWeights(plan, 1), 'doctor')
  const { probabilities } = await runExported(onnx, new Float32Array(5), [1, 5])
  return { good: probabilities?.length === 2, detail: 'ONNX Runtime' }
}

async function checkHub(session: Session): Promise<Omit<Finding, 'check'>> {
  return await withHub(session, async (call, place) => {
    const hub = await call(hubEndpoints.getHub)
    if (place.kind === 'node') {
      const { hubKey } = JSON.parse(readFileSync(join(place.path, 'enrolment.json'), 'utf8'))
      if (hub.key !== hubKey) {
        return {
          good: false,
          detail: 'another key answers',
          hint: 'Something stands in for the hub. Ask its operator by telephone.',
        }
      }
    }
    await call(hubEndpoints.listRuns)
    return { good: true, detail: `${hub.consortium}, version ${hub.version}` }
  })
}

async function checkClock(session: Session): Promise<Omit<Finding, 'check'>> {
  const { time } = await withHub(session, call => call(hubEndpoints.getHub))
  const seconds = Math.round((Date.now() - Date.parse(time)) / 1000)
  return {
    good: true,
    detail: `${seconds} s`,
    ...(Math.abs(seconds) > 60 && {
      hint: 'Nothing depends on it, but logs are easier to read with clocks that agree.',
    }),
  }
}

async function checkRosters(session: Session): Promise<Omit<Finding, 'check'>> {
  const { inForce, proposed } = await withHub(session, call => call(hubEndpoints.getRoster))
  if (proposed) {
    const missing = missingSigners(proposed).join(session.say.comma)
    return {
      good: false,
      detail: `${proposed.document.version}${session.say.colon}${missing}`,
      hint: 'They run `consort roster show`, compare, and `consort roster sign`.',
    }
  }
  if (!inForce) return { good: false, detail: '–', hint: 'Invite partners with `consort hub invite`.' }
  const { version, members } = inForce.document
  return { good: true, detail: session.say.rosterSize(version, members.length) }
}

function checkPolicyFile(session: Session): Omit<Finding, 'check'> {
  const { path, read } = openPolicy(policyPlaceOf(nodeConfigOf(session)))
  const policy = read()
  return {
    good: true,
    detail: existsSync(path) ? `${path}, ${policy.cpu.threads} threads` : `–, ${policy.cpu.threads} threads`,
  }
}

async function checkDatasets(session: Session): Promise<Omit<Finding, 'check'>> {
  const { datasets, unreadable } = await withNode(session, call => call(nodeEndpoints.listDatasets))
  if (unreadable.length > 0)
    return {
      good: false,
      detail: unreadable.join(session.say.comma),
      hint: 'This version does not know their format: register them again with `consort dataset add`, or start the version that registered them.',
    }
  const unknown = datasets.filter(dataset => !dataset.published).map(dataset => dataset.card.dataset)
  if (datasets.length === 0)
    return { good: false, detail: '0', hint: 'Register one with `consort dataset add`.' }
  if (unknown.length > 0)
    return {
      good: false,
      detail: unknown.join(session.say.comma),
      hint: 'The hub does not know them yet: is the node running?',
    }
  return { good: true, detail: datasets.map(dataset => dataset.card.dataset).join(session.say.comma) }
}
