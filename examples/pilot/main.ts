import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { hasHeartFiles, heartScenario, whereFrom } from './heart/scenario.ts'
import type { Pilot, Step } from './pilot.ts'
import { setPolicy } from './policy.ts'
import { dealRecords, type Hospital, hospitals, type Scenario } from './scenario.ts'
import { makeCertificate } from './setting/certificate.ts'
import { openImpatientProxy } from './setting/impatient-proxy.ts'
import { installFromTarballs } from './setting/installation.ts'
import { openPlaces } from './setting/places.ts'
import { Site } from './setting/site.ts'
import { openTap } from './setting/tap.ts'
import { standInScenario } from './stand-in/scenario.ts'
import { readTable, whereToGetIt } from './stand-in/table.ts'
import { decide } from './steps/decide.ts'
import { divide } from './steps/divide.ts'
import { gain } from './steps/gain.ts'
import { harmonise } from './steps/harmonise.ts'
import { learnAgain } from './steps/learn-again.ts'
import { prove } from './steps/prove.ts'
import { serve } from './steps/serve.ts'
import { terms } from './steps/terms.ts'
import { train } from './steps/train.ts'

const { values: options } = parseArgs({
  options: {
    data: { type: 'string' },
    'stand-in': { type: 'boolean', default: false },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const steps: readonly Step[] = [terms, harmonise, train, gain, serve, decide, learnAgain, divide, prove]
const names = ['hub', ...hospitals, 'registry']
/** How long the proxy before Cleveland bears a silent connection. */
const silentMsMax = 8000

async function main(root: string, scenario: Scenario): Promise<void> {
  const began = performance.now()
  await using stack = new AsyncDisposableStack()
  const done: { step: string; seconds: number }[] = []
  const timed = async (title: string, work: () => Promise<void>): Promise<void> => {
    const start = performance.now()
    console.log(`\n${done.length + 1}. ${title}`)
    await work()
    done.push({ step: title, seconds: Math.round((performance.now() - start) / 100) / 10 })
  }
  const faults: string[] = []
  let pilot: Pilot | undefined
  await timed(
    'Setting: a hub, four hospitals and a registry, from tarballs, each in a network of its own',
    async () => {
      pilot = await openPilot(stack, root, { scenario, caught: fault => faults.push(fault) })
    },
  )
  for (const step of steps) await timed(step.title, () => step.run(pilot!))
  const seconds = Math.round((performance.now() - began) / 1000)
  if (options.json)
    writeFileSync(options.json, `${JSON.stringify({ seconds, steps: done, faults }, null, 2)}\n`)
  console.log(
    `\nAll ten steps held and ${faults.length} planted faults were caught, in ${seconds} s.${options.keep ? ` Everything lies in ${root}.` : ''}`,
  )
}

async function openPilot(
  stack: AsyncDisposableStack,
  root: string,
  { scenario, caught }: { scenario: Scenario; caught: (fault: string) => void },
): Promise<Pilot> {
  const say = (line: string): void => console.log(line.replace(/^/gm, '   '))
  const consort = await installFromTarballs(root)
  const places = stack.use(openPlaces(names))
  say(
    places.kind === 'namespaces'
      ? 'Each in a network namespace of its own.'
      : `All on loopback: ${places.why}`,
  )
  const hubAddress = places.addressOf('hub')
  const certificate = makeCertificate(root, hubAddress)
  const { authority, cert, key } = certificate
  const proxy = stack.use(await openImpatientProxy(places.outside, silentMsMax))
  const siteOf = (name: string, settings: Record<string, string>): Site =>
    stack.use(new Site(name, { root, consort, places, settings }))
  const hub = siteOf('hub', { CONSORT_TLS_CERT: cert, CONSORT_TLS_KEY: key, CONSORT_CA_FILE: authority })
  const trusting = { CONSORT_CA_FILE: authority }
  const sites = new Map(
    hospitals.map((name): [Hospital, Site] => [
      name,
      siteOf(name, name === 'cleveland' ? { ...trusting, HTTPS_PROXY: proxy.url } : trusting),
    ]),
  )
  const registry = siteOf('registry', trusting)
  const members = [...sites.values(), registry]
  dealRecords(scenario, holder => (holder === 'registry' ? registry : sites.get(holder)!))

  const [before, behind] = [7443, 7444].map(port => ({ host: hubAddress, port }))
  const publicUrl = `https://${hubAddress}:${before!.port}`
  const startHub = () =>
    hub.start(
      'hub',
      'start',
      '--listen',
      `${hubAddress}:${behind!.port}`,
      '--public-url',
      publicUrl,
      '--consortium',
      `${scenario.schema.dataset}-pilot`,
    )
  await startHub()
  const tap = await openTap(hub, {
    ...certificate,
    listen: before!,
    hub: `https://${hubAddress}:${behind!.port}`,
    record: join(root, 'traffic'),
  })
  for (const site of members) {
    if (site === registry) writeFileSync(site.file('policy.yaml'), 'cpu: { threads: 1 }\n')
    else setPolicy({ scenario }, site, { epsilon: scenario.budget })
    const role = site === registry ? ['--role', 'evaluator'] : []
    const { invite } = await hub.consort<{ invite: string }>('hub', 'invite', site.name, ...role)
    await site.consort('partner', 'enrol', invite)
  }
  await Promise.all(members.map(site => site.start('partner', 'start')))
  say(
    `A hub and ${members.length} nodes run, over TLS with a private authority; cleveland behind a proxy that cuts what is silent for ${silentMsMax / 1000} s.`,
  )
  const empty = {
    run: '',
    model: '',
    truths: [],
    cases: [],
    expertKey: '',
    applicationKey: '',
    webhookSecret: '',
    deliveries: [],
  }
  const parts = { root, places, hub, hospitals: sites, registry, proxy, tap, startHub, scenario, say }
  const note = (fault: string, how: string): void => {
    caught(fault)
    say(`caught: ${fault}. ${how}`)
  }
  return { ...parts, caught: note, ...empty }
}

const root = mkdtempSync(join(tmpdir(), 'consort-pilot-'))
try {
  const scenario = scenarioFor(root)
  if (scenario) await main(root, scenario)
  else process.exitCode = 2
} finally {
  if (!options.keep) rmSync(root, { recursive: true, force: true })
}

/** The data that were asked for; says where they come from when they are not here. */
function scenarioFor(folder: string): Scenario | undefined {
  if (options['stand-in']) {
    const table = readTable(folder)
    if (table) return standInScenario(table)
    console.error(whereToGetIt)
    return undefined
  }
  if (options.data !== undefined && hasHeartFiles(options.data)) return heartScenario(options.data)
  console.error(`${whereFrom}\nWithout them: npm run pilot -- --stand-in`)
  return undefined
}
