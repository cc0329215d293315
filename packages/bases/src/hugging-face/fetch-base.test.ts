import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { Added } from '../store/add-base.ts'
import { addBase } from '../store/add-base.ts'
import { localSource } from '../store/local-source.ts'
import { type ModelHub, openModelHub } from '../testing/model-hub.ts'
import { bertFiles, fixture, folderOf, newFolder } from '../testing/tiny-bases.ts'
import { fetchBase } from './fetch-base.ts'
import type { HubFetch } from './hub-call.ts'

const weights = 'model.safetensors'
const store = (): string => join(newFolder(), 'bases')

interface Asking {
  readonly model?: string
  readonly token?: string
  readonly bytesMax?: number
  readonly licence?: string
  readonly name?: string
  readonly fetch?: HubFetch
}

async function fetched(path: string, { endpoint }: ModelHub, asking: Asking = {}): Promise<Added> {
  const { model = 'tiny/bert', bytesMax = 1e6, licence, name, token } = asking
  const { signal } = new AbortController()
  const access = { endpoint, token, fetch: asking.fetch ?? fetch, signal }
  return await fetchBase(path, { model, name, licence, bytesMax }, access)
}

test('a base is fetched with its licence, and has the digest of the same files from a folder', async () => {
  await using hub = await openModelHub('tiny/bert', { ...bertFiles(), 'onnx/model.onnx': 'x', 'run.py': 'x' })
  const path = store()
  const { base, isNew } = await fetched(path, hub)
  assert.deepEqual([base.name, base.licence.name, isNew], ['tiny/bert', 'apache-2.0', true])
  const local = await addBase(store(), await localSource(folderOf(bertFiles()), { name: 'a' }))
  assert.equal(base.sha256, local.base.sha256)
  const asked = new Set(hub.heard.map(({ path }) => path.split('/').at(-1)))
  assert.deepEqual([asked.has('model.onnx'), asked.has('run.py')], [false, false])
  assert.deepEqual(readdirSync(join(path, 'fetching')), [])
})

test('a token goes to the hub and to nobody else', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles(), { token: 'hf_secret' })
  await assert.rejects(fetched(store(), hub), { code: 'not-allowed', hint: /HF_TOKEN/ })
  await fetched(store(), hub, { token: 'hf_secret' })
  const told = (host: string) => hub.heard.filter(call => call.host === host).map(call => call.authorization)
  assert.ok(
    told('hub')
      .slice(1)
      .every(value => value === 'Bearer hf_secret'),
  )
  assert.ok(told('store').length > 0)
  assert.ok(told('store').every(value => value === undefined))
})

/** As `fetch`, but the bodies of the next answers with weights end with an error after so many bytes. */
function cutting(...cuts: number[]): HubFetch {
  return async (url, init) => {
    const answer = await fetch(url, init)
    const isWeights = init.method === 'GET' && answer.ok && url.endsWith(weights)
    const bytes = isWeights ? cuts.shift() : undefined
    if (bytes === undefined || !answer.body) return answer
    const whole = Buffer.from(await answer.arrayBuffer())
    async function* cut() {
      if (bytes) yield whole.subarray(0, bytes)
      throw new TypeError('terminated')
    }
    const body = Object.assign(cut(), { cancel: async () => {} })
    return { status: answer.status, headers: answer.headers, body }
  }
}

/** The first bytes that were asked for, of each call for the weights. */
const rangesOf = ({ heard }: ModelHub): (string | undefined)[] =>
  heard.filter(({ host, method }) => host === 'store' && method === 'GET').map(call => call.range)

test('a download that is cut goes on where it was', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const { base } = await fetched(store(), hub, { fetch: cutting(1000, 1000) })
  assert.equal(base.parameters, 880)
  assert.deepEqual(rangesOf(hub), [undefined, 'bytes=1000-', 'bytes=2000-'])
})

test('each byte of a file is told once, as it comes', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const told = new Map<string, number>()
  const access = { endpoint: hub.endpoint, fetch: cutting(1000), signal: new AbortController().signal }
  const { base } = await fetchBase(store(), { model: 'tiny/bert', bytesMax: 1e6 }, access, (name, bytes) => {
    told.set(name, (told.get(name) ?? 0) + bytes)
  })
  for (const { name, bytes } of [...base.files, ...base.beside]) assert.equal(told.get(name), bytes, name)
})

test('a connection that breaks is taken up again', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  hub.cut(weights, 1000, 2)
  const { base } = await fetched(store(), hub)
  assert.equal(base.parameters, 880)
  assert.equal(rangesOf(hub).length, 3)
})

test('cuts with bytes between them are no cuts in a row', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const { base } = await fetched(store(), hub, { fetch: cutting(...Array(8).fill(100)) })
  assert.equal(base.parameters, 880)
  assert.equal(rangesOf(hub).length, 9)
})

test('a mirror that begins anew, whatever it was asked for, is heard from the beginning', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const cut = cutting(1000)
  const stubborn: HubFetch = async (url, init) => {
    const { range, ...headers } = init.headers
    const answer = await cut(url, { ...init, headers })
    if (range === undefined) return answer
    return { status: 206, headers: new Headers({ 'content-range': 'bytes 0-9999/10000' }), body: answer.body }
  }
  const { base } = await fetched(store(), hub, { fetch: stubborn })
  assert.equal(base.parameters, 880)
})

test('who sends more than was announced is not heard without end', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  let asked = 0
  const generous: HubFetch = async (url, init) => {
    const answer = await fetch(url, init)
    if (init.method !== 'GET' || !answer.ok || !url.endsWith(weights)) return answer
    if (++asked > 20) throw new Error('asked without end')
    const whole = Buffer.concat([Buffer.from(await answer.arrayBuffer()), Buffer.alloc(1)])
    async function* more() {
      yield whole
    }
    const body = Object.assign(more(), { cancel: async () => {} })
    return { status: answer.status, headers: answer.headers, body }
  }
  await assert.rejects(fetched(store(), hub, { fetch: generous }), { code: 'unreachable' })
  assert.equal(asked, 5)
})

test('a hub that is asked over TLS sends nobody to a host without it', async () => {
  const headers = new Headers({ location: 'http://files.example/a' })
  const sending: HubFetch = async () => ({ status: 302, headers, body: null })
  const access = { endpoint: 'https://hub.example', fetch: sending, signal: new AbortController().signal }
  const asked = fetchBase(store(), { model: 'tiny/bert', bytesMax: 1e6 }, access)
  await assert.rejects(asked, { code: 'unreachable', message: /files\.example, which is not encrypted/ })
})

test('who redirects in a circle is left', async () => {
  let asked = 0
  const sending: HubFetch = async url => {
    if (++asked > 20) throw new Error('asked without end')
    return { status: 302, headers: new Headers({ location: url }), body: null }
  }
  const access = { endpoint: 'https://hub.example', fetch: sending, signal: new AbortController().signal }
  const fetching = fetchBase(store(), { model: 'tiny/bert', bytesMax: 1e6 }, access)
  await assert.rejects(fetching, { code: 'unreachable', message: /more than 5 times/ })
})

test('a file of another commit than the list is refused', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const moved: HubFetch = async (url, init) => {
    const { status, headers, body } = await fetch(url, init)
    const of = (name: string) => (name === 'x-repo-commit' ? 'f'.repeat(40) : headers.get(name))
    return { status, headers: { get: of }, body }
  }
  await assert.rejects(fetched(store(), hub, { fetch: moved }), { code: 'digest-mismatch' })
})

test('what is left of an older commit goes, and two do not fetch one model at once', async () => {
  const path = store()
  const begun = async (commit: string) => {
    await using hub = await openModelHub('tiny/bert', bertFiles(), { commit })
    const access = { endpoint: 'http://hub.example', signal: new AbortController().signal }
    const here: HubFetch = (url, init) => {
      if (init.method === 'GET' && url.endsWith(weights)) throw new TypeError('cut')
      return fetch(url.replace(access.endpoint, hub.endpoint), init)
    }
    const asking = () =>
      fetchBase(
        path,
        { model: 'tiny/bert', bytesMax: 1e6 },
        { ...access, fetch: async (...of) => here(...of) },
      )
    return await Promise.allSettled([asking(), asking()])
  }
  const codes = (ended: PromiseSettledResult<unknown>[]) =>
    ended.map(one => (one.status === 'rejected' ? one.reason.code : undefined)).sort()
  assert.deepEqual(codes(await begun('a'.repeat(40))), ['busy', 'unreachable'])
  await begun('b'.repeat(40))
  const [folder] = readdirSync(join(path, 'fetching'))
  const left = readdirSync(join(path, 'fetching', folder!)).filter(name => name !== 'lock')
  assert.deepEqual(left, ['b'.repeat(40)])
})

test('a name that is taken costs no second download', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const path = store()
  const other = folderOf({ ...bertFiles(), 'tokenizer_config.json': '{}' })
  await addBase(path, await localSource(other, { name: 'mine' }))
  await assert.rejects(fetched(path, hub, { name: 'mine' }), { code: 'name-taken' })
  hub.heard.length = 0
  const { base } = await fetched(path, hub, { name: 'theirs' })
  assert.equal(base.name, 'theirs')
  assert.deepEqual(rangesOf(hub), [])
})

test('after too many cuts it stops, and the next command goes on', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const path = store()
  const broken = fetched(path, hub, { fetch: cutting(700, 0, 0, 0, 0, 0) })
  await assert.rejects(broken, { code: 'unreachable', hint: /goes on where it stopped/ })
  hub.heard.length = 0
  await fetched(path, hub)
  assert.deepEqual(rangesOf(hub), ['bytes=700-'])
})

test('a command that is interrupted leaves what it has, and the next goes on', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  const path = store()
  const ended = new AbortController()
  const access = { endpoint: hub.endpoint, fetch: cutting(1000), signal: ended.signal }
  const first = fetchBase(path, { model: 'tiny/bert', bytesMax: 1e6 }, access, name => {
    if (name === weights) ended.abort()
  })
  await assert.rejects(first, { name: 'AbortError' })
  hub.heard.length = 0
  await fetched(path, hub)
  assert.deepEqual(rangesOf(hub), ['bytes=1000-'])
})

test('other bytes than were announced are refused, of large files and small ones, and do not stay', async () => {
  for (const name of [weights, 'tokenizer.json']) {
    await using hub = await openModelHub('tiny/bert', bertFiles())
    hub.spoil(name)
    const path = store()
    await assert.rejects(fetched(path, hub), { code: 'digest-mismatch', message: new RegExp(name) })
    const found = readdirSync(join(path, 'fetching'), { recursive: true, encoding: 'utf8' })
    assert.deepEqual(
      found.filter(file => file.endsWith(name)),
      [],
    )
  }
})

test('what is too large is not begun, and a list that lies does not help', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  await assert.rejects(fetched(store(), hub, { bytesMax: 3000 }), { code: 'too-large', hint: /--limit/ })
  assert.equal(hub.heard.length, 1)
  const listed = Object.keys(bertFiles()).map(rfilename => ({ rfilename, size: 1 }))
  await using liar = await openModelHub('tiny/bert', bertFiles(), { listed })
  // The second is less than the weights and what comes before them together.
  for (const bytesMax of [3000, bertFiles()[weights]!.length + 10])
    await assert.rejects(fetched(store(), liar, { bytesMax }), { code: 'too-large' })
  assert.equal(
    liar.heard.some(({ host }) => host === 'store'),
    false,
  )
})

test('names that lead out of the folder are not asked for', async () => {
  const listed = [
    ...Object.keys(bertFiles()),
    '../../evil.json',
    '/etc/config.json',
    'a/tokenizer.json',
    '..',
  ]
  const siblings = listed.map(rfilename => ({ rfilename }))
  await using hub = await openModelHub('tiny/bert', bertFiles(), { listed: siblings })
  const { base } = await fetched(store(), hub)
  assert.equal(base.files.length + base.beside.length, 4)
  assert.equal(
    hub.heard.some(({ path }) => /evil|etc|%2F/i.test(path)),
    false,
  )
})

test('a model that has only pickles, or nothing, is refused before anything is fetched', async () => {
  const { [weights]: _, ...rest } = bertFiles()
  await using pickled = await openModelHub('tiny/bert', { ...rest, 'pytorch_model.bin': 'x' })
  await assert.rejects(fetched(store(), pickled), {
    code: 'weights-invalid',
    message: /a pickle is a program/,
  })
  assert.equal(pickled.heard.length, 1)
  await assert.rejects(fetched(store(), pickled, { model: 'tiny/gone' }), { code: 'not-found', hint: /hf:/ })
  for (const model of ['', '../x', 'a/b/c', 'a/b@', 'a/b@c/d', 'https://x'])
    await assert.rejects(fetched(store(), pickled, { model }), { code: 'input-invalid' })
})

test('a GGUF file is taken where there are no safetensors', async () => {
  const gguf = readFileSync(fixture('tiny-llama.gguf'))
  await using hub = await openModelHub('tiny/llama', { 'tiny.F16.gguf': gguf, 'README.md': '# Tiny\n' })
  const { base } = await fetched(store(), hub, { model: 'tiny/llama' })
  assert.deepEqual([base.family, base.files.map(({ name }) => name)], ['llama', ['model.gguf']])
})

test('a licence that is missing costs no second download', async () => {
  const { 'README.md': _, ...silent } = bertFiles()
  await using hub = await openModelHub('tiny/bert', silent)
  const path = store()
  await assert.rejects(fetched(path, hub), { code: 'input-invalid', hint: /--licence/ })
  hub.heard.length = 0
  const { base } = await fetched(path, hub, { licence: 'mit' })
  assert.equal(base.licence.name, 'mit')
  assert.equal(
    hub.heard.some(({ method, path }) => method === 'GET' && path.includes('resolve')),
    false,
  )
})

test('a host that cannot be reached is named', async () => {
  const access = { endpoint: 'http://127.0.0.1:9', fetch, signal: new AbortController().signal }
  const asked = fetchBase(store(), { model: 'tiny/bert', bytesMax: 1e6 }, access)
  await assert.rejects(asked, { code: 'unreachable', message: /127\.0\.0\.1:9/, hint: /HF_ENDPOINT/ })
})

test('an empty file is fetched as any other', async () => {
  await using hub = await openModelHub('tiny/bert', { ...bertFiles(), NOTICE: '' })
  const { base } = await fetched(store(), hub)
  assert.deepEqual(
    base.beside.map(({ name, bytes }) => [name, bytes > 0]),
    [
      ['NOTICE', false],
      ['README.md', true],
    ],
  )
})

test('a file that is listed twice is one file, and the base has the same digest', async () => {
  const listed = [...Object.keys(bertFiles()), 'config.json'].map(rfilename => ({ rfilename }))
  await using hub = await openModelHub('tiny/bert', bertFiles(), { listed })
  const { base } = await fetched(store(), hub)
  const local = await addBase(store(), await localSource(folderOf(bertFiles()), { name: 'a' }))
  assert.equal(base.sha256, local.base.sha256)
})

test('a server that begins anew each time, and never ends, is left', async () => {
  await using hub = await openModelHub('tiny/bert', bertFiles())
  let asked = 0
  const whole: HubFetch = async (url, init) => {
    const isWeights = init.method === 'GET' && url.endsWith(weights) && !url.startsWith(hub.endpoint)
    if (!isWeights) return await fetch(url, init)
    if (++asked > 50) throw new Error('It is asked for ever')
    const { range: _, ...headers } = init.headers
    return await cutting(asked % 2 === 0 ? 1000 : 500)(url, { ...init, headers })
  }
  await assert.rejects(fetched(store(), hub, { fetch: whole }), {
    code: 'unreachable',
    message: /was cut 5 times/,
  })
  assert.equal(asked, 7)
})
