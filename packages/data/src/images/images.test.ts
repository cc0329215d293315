import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { readImage } from '@consort/records/pictures'
import sharp from 'sharp'
import { readImageFolder } from './read-image-folder.ts'

const root = mkdtempSync(join(tmpdir(), 'consort-images-'))
after(() => rmSync(root, { recursive: true }))

type Channels = 1 | 3 | 4

function rawOf(bytes: Uint8Array | Uint16Array, [height, width, channels]: [number, number, Channels]) {
  return sharp(bytes, { raw: { height, width, channels } })
}

/** 2 × 3 pixels: red, green, blue; black, white, grey. */
const colours = Uint8Array.of(255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 128, 128, 128)
const colourPng = await rawOf(colours, [2, 3, 3]).png().toBuffer()
const ramp = Uint8Array.from({ length: 16 }, (_, index) => index * 17)
const rampPng = await rawOf(ramp, [4, 4, 1]).toColourspace('b-w').png().toBuffer()

test('a grey PNG of the right size comes back byte for byte, never inverted', async () => {
  assert.deepEqual(await readImage(rampPng, { height: 4, width: 4, channels: 1 }), ramp)
})

test('colours come as three planes', async () => {
  const planes = await readImage(colourPng, { height: 2, width: 3, channels: 3 })
  assert.deepEqual([...planes.subarray(0, 6)], [255, 0, 0, 0, 255, 128])
  assert.deepEqual([...planes.subarray(6, 12)], [0, 255, 0, 0, 255, 128])
  assert.deepEqual([...planes.subarray(12)], [0, 0, 255, 0, 255, 128])
})

test('grey becomes three equal planes, colours become grey by their brightness', async () => {
  const planes = await readImage(rampPng, { height: 4, width: 4, channels: 3 })
  assert.deepEqual(planes, new Uint8Array([...ramp, ...ramp, ...ramp]))
  const [red, green, blue, black, white, grey] = await readImage(colourPng, {
    height: 2,
    width: 3,
    channels: 1,
  })
  assert.ok(green! > red! && red! > blue! && blue! > 0)
  assert.deepEqual([black, white, grey], [0, 255, 128])
})

test('transparent pixels become black', async () => {
  const png = await rawOf(Uint8Array.of(255, 255, 255, 0, 255, 255, 255, 255), [1, 2, 4])
    .png()
    .toBuffer()
  assert.deepEqual([...(await readImage(png, { height: 1, width: 2, channels: 1 }))], [0, 255])
})

test('16 bits are scaled to 8, not cut', async () => {
  const png = await rawOf(Uint16Array.of(0, 0x8000, 0xffff, 0x4000), [2, 2, 1])
    .toColourspace('grey16')
    .png()
    .toBuffer()
  assert.equal((await sharp(png).metadata()).depth, 'ushort')
  assert.deepEqual([...(await readImage(png, { height: 2, width: 2, channels: 1 }))], [0, 128, 255, 64])
})

test('a picture is turned upright by its EXIF tag', async () => {
  const jpeg = await rawOf(
    Uint8Array.from({ length: 64 * 3 }, (_, i) => (i < 96 ? 255 : 0)),
    [8, 8, 3],
  )
    .withMetadata({ orientation: 3 })
    .jpeg({ quality: 100 })
    .toBuffer()
  const upright = await readImage(jpeg, { height: 8, width: 8, channels: 1 })
  assert.ok(upright[0]! < 8 && upright[63]! > 247)
})

test('another size and shape is stretched over the whole picture', async () => {
  const top = Uint8Array.from({ length: 64 }, (_, index) => (index < 16 ? 255 : 0))
  const png = await rawOf(top, [8, 8, 1]).png().toBuffer()
  const flat = await readImage(png, { height: 4, width: 8, channels: 1 })
  assert.ok(flat.subarray(0, 8).every(byte => byte > 225))
  assert.ok(flat.subarray(16).every(byte => byte < 30))
})

test('what is no picture, another format, or cut is refused', async () => {
  const size = { height: 4, width: 4, channels: 1 } as const
  const gif = await sharp(colourPng).gif().toBuffer()
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"/>')
  for (const bytes of [Buffer.alloc(0), Buffer.from('hello'), gif, svg]) {
    await assert.rejects(readImage(bytes, size), {
      code: 'data-unreadable',
      message: /neither a PNG nor a JPEG/,
    })
  }
  const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, index) => (index * 7919) % 251)
  const jpeg = await rawOf(noise, [64, 64, 3]).jpeg().toBuffer()
  const png = await rawOf(noise, [64, 64, 3]).png().toBuffer()
  for (const bytes of [jpeg.subarray(0, jpeg.length / 2), png.subarray(0, png.length / 2)]) {
    await assert.rejects(readImage(bytes, size), { code: 'data-unreadable', message: /cannot be decoded/ })
  }
  await assert.rejects(readImage(join(root, 'nothing.png'), size), { message: /nothing\.png does not exist/ })
})

let folders = 0

function folderOf(files: Record<string, Uint8Array | string>): {
  kind: 'image-folder'
  path: string
  height: number
  width: number
  channels: 1 | 3
} {
  const path = join(root, `folder-${folders++}`)
  mkdirSync(path)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(name.endsWith('/') ? join(path, name) : dirname(join(path, name)), { recursive: true })
    if (!name.endsWith('/')) writeFileSync(join(path, name), content)
  }
  return { kind: 'image-folder', path, height: 4, width: 4, channels: 1 }
}

function flat(shade: number): Promise<Buffer> {
  return rawOf(new Uint8Array(16).fill(shade), [4, 4, 1]).png().toBuffer()
}

test('folders are classes; pictures come in sorted order, whatever is done first', async () => {
  const files: Record<string, Uint8Array | string> = {
    'b/.hidden.png': 'no picture',
    '.git/x.png': 'no picture',
    'b/Thumbs.db': '',
    'README.md': '# notes',
  }
  for (let shade = 0; shade < 40; shade++) {
    const name = String(shade).padStart(2, '0')
    files[`${shade % 2 === 0 ? 'b' : 'B'}/${name}.${shade % 3 === 0 ? 'PNG' : 'png'}`] = await flat(shade)
  }
  const shares: number[] = []
  const read = await readImageFolder(folderOf(files), { onProgress: share => shares.push(share) })
  const odd = Array.from({ length: 20 }, (_, index) => 2 * index + 1)
  const even = odd.map(shade => shade - 1)
  assert.deepEqual(
    Array.from({ length: read.count }, (_, index) => read.pixels[index * 16]),
    [...odd, ...even],
  )
  assert.deepEqual(read.labels, [...odd.map(() => 'B'), ...even.map(() => 'b')])
  assert.equal(shares.length, 40)
  assert.equal(shares.at(-1), 1)
})

test('linked folders and files count', async () => {
  const shared = folderOf({ 'cats/1.png': await flat(9) })
  const source = folderOf({ 'dogs/1.jpg': await flat(8) })
  symlinkSync(join(shared.path, 'cats'), join(source.path, 'cats'))
  symlinkSync(join(shared.path, 'cats/1.png'), join(source.path, 'dogs/2.png'))
  assert.deepEqual((await readImageFolder(source)).labels, ['cats', 'dogs', 'dogs'])
})

test('the first picture that cannot be read is the one that is named, every time', async () => {
  const files: Record<string, Uint8Array | string> = {}
  for (let index = 10; index < 40; index++) files[`a/${index}.png`] = await flat(1)
  files['a/13.png'] = colourPng.subarray(0, colourPng.length - 20)
  files['a/14.png'] = 'not a picture at all'
  files['a/30.png'] = ''
  const source = folderOf(files)
  for (let time = 0; time < 5; time++) {
    await assert.rejects(readImageFolder(source), {
      code: 'data-unreadable',
      message: /13\.png cannot be decoded/,
    })
  }
})

test('a signal ends the reading', async () => {
  const source = folderOf({ 'a/1.png': await flat(1), 'a/2.png': await flat(2) })
  await assert.rejects(readImageFolder(source, { signal: AbortSignal.abort() }), { name: 'AbortError' })
})

const refused: [string, Record<string, Uint8Array | string>, object][] = [
  ['an empty folder', {}, { code: 'data-unreadable', message: /holds no class folders/ }],
  [
    'an empty class',
    { 'a/1.png': rampPng, 'b/': '' },
    { code: 'data-unreadable', message: /folder .*b holds no PNG/ },
  ],
  ['a class of notes', { 'a/1.txt': 'x' }, { code: 'data-unreadable', message: /holds no PNG or JPEG/ }],
  [
    'a stray picture',
    { '1.png': rampPng, 'a/1.png': rampPng },
    { code: 'label-missing', message: /1\.png lies out/ },
  ],
  [
    'a folder in a class',
    { 'a/1.png': rampPng, 'a/b/1.png': rampPng },
    { code: 'data-unreadable', message: /a\/b is/ },
  ],
  [
    'another format',
    { 'a/1.png': rampPng, 'a/2.dcm': 'x' },
    { code: 'data-unreadable', message: /2\.dcm is neither/ },
  ],
]

for (const [what, files, expected] of refused) {
  test(`${what}: refused`, () => assert.rejects(readImageFolder(folderOf(files)), expected))
}

test('a folder that is not there, or a file in its place, is refused by name', async () => {
  const source = folderOf({ 'a.txt': '' })
  const missing = { ...source, path: join(source.path, 'nowhere') }
  await assert.rejects(readImageFolder(missing), {
    code: 'data-unreadable',
    message: /nowhere does not exist/,
  })
  const file = { ...source, path: join(source.path, 'a.txt') }
  await assert.rejects(readImageFolder(file), {
    code: 'data-unreadable',
    message: /a\.txt is a file, not a folder/,
  })
})
