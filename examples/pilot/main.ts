import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { dealFiles, type Hospital, hospitals, whereFrom } from './heart/files.ts'
import type { Pilot, Step } from './pilot.ts'
import { makeCertificate } from './setting/certificate.ts'
import { openImpatientProxy } from './setting/impatient-proxy.ts'
import { installFromTarballs } from './setting/installation.ts'
import { openPlaces } from './setting/places.ts'
import { Site } from './setting/site.ts'
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
  options: { data: { type: 'string' }, json: { type: 'string' }, keep: { type: 'boolean', default: false } },
})

const steps: readonly Step[] = [terms, harmonise, train, gain, serve, decide, learnAgain, divide, prove]
const names = ['hub', ...hospitals, 'registry']
/** How long the proxy before Cleveland bears a silent connection. */
const silentMsMax = 8000

async function main(folder: string): Promise<void> {
  const began = performance.now()
  const root = mkdtempSync(join(tmpdir(), 'consort-pilot-'))
  await using stack = new AsyncDisposableStack()
  if (!options.keep) stack.defer(() => rmSync(root, { recursive: true, force: true }))
  const done: { step: string; seconds: number }[] = []
  const timed = async (title: string, work: () => Promise<void>): Promise<void> => {
    const start = performance.now()
    console.log(`\n${done.length + 1}. ${title}`)
    await work()
    done.push({ step: title, seconds: Math.round((performance.now() - start) / 100) / 10 })
  }
  let pilot: Pilot | undefined
  await timed(
    'Setting: a hub, four hospitals and a registry, from tarballs, each in a network of its own',
    async () => {
      pilot = await openPilot(stack, root, folder)
    },
  )
  for (const step of steps) await timed(step.title, () => step.run(pilot!))
  const seconds = Math.round((performance.now() - began) / 1000)
  if (options.json) writeFileSync(options.json, `${JSON.stringify({ seconds, steps: done }, null, 2)}\n`)
  console.log(`\nAll ten steps held, in ${seconds} s.${options.keep ? ` Everything lies in ${root}.` : ''}`)
}

async function openPilot(stack: AsyncDisposableStack, root: string, folder: string): Promise<Pilot> {
  const say = (line: string): void => console.log(line.replace(/^/gm, '   '))
  const consort = await installFromTarballs(root)
  const places = stack.use(openPlaces(names))
  say(
    places.kind === 'namespaces'
      ? 'Each in a network namespace of its own.'
      : `All on loopback: ${places.why}`,
  )
  const hubAddress = places.addressOf('hub')
  const { authority, cert, key } = makeCertificate(root, hubAddress)
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
  dealFiles(folder, new Map(members.map(site => [site.name, site])))

  await hub.start('hub', 'start', '--listen', `${hubAddress}:7443`, '--consortium', 'heart-pilot')
  for (const site of members) {
    writeFileSync(site.file('policy.yaml'), 'cpu: { threads: 1 }\n')
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
  return { root, places, hub, hospitals: sites, registry, proxy, say, ...empty }
}

const folder = options.data
if (folder === undefined || !hospitals.every(name => existsSync(join(folder, `processed.${name}.data`)))) {
  console.error(whereFrom)
  process.exitCode = 2
} else {
  await main(folder)
}
