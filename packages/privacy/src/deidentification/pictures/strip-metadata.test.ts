import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32, deflateSync } from 'node:zlib'
import sharp from 'sharp'
import { stripMetadata } from './strip-metadata.ts'

const secret = 'Zq7secret4711'
const bytes = (...parts: (readonly number[] | string | Uint8Array)[]): Uint8Array =>
  Buffer.concat(
    parts.map(part => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Uint8Array.from(part))),
  )
const holds = (file: Uint8Array, text: string): boolean => Buffer.from(file).includes(text, 0, 'latin1')

/** EXIF with one directory: a camera with a telling name, and the orientation. */
function exif(orientation: number, order: 'II' | 'MM'): Uint8Array {
  const view = new DataView(new ArrayBuffer(8 + 2 + 24 + 4))
  const isLittle = order === 'II'
  view.setUint16(0, isLittle ? 0x4949 : 0x4d4d)
  view.setUint16(2, 42, isLittle)
  view.setUint32(4, 8, isLittle)
  view.setUint16(8, 2, isLittle)
  for (const [at, tag, type, count, value] of [
    [10, 0x010f, 2, 14, 38],
    [22, 0x0112, 3, 1, orientation],
  ] as const) {
    view.setUint16(at, tag, isLittle)
    view.setUint16(at + 2, type, isLittle)
    view.setUint32(at + 4, count, isLittle)
    if (type === 3) view.setUint16(at + 8, value, isLittle)
    else view.setUint32(at + 8, value, isLittle)
  }
  return bytes(new Uint8Array(view.buffer), `${secret}\0`)
}

const segment = (code: number, ...parts: Parameters<typeof bytes>): Uint8Array => {
  const payload = bytes(...parts)
  return bytes([0xff, code, (payload.length + 2) >> 8, (payload.length + 2) & 255], payload)
}
const jfif = segment(0xe0, 'JFIF\0', [1, 1, 1, 0, 72, 0, 72, 0, 0])
const jfifWithPreview = segment(0xe0, 'JFIF\0', [1, 1, 1, 0, 72, 0, 72, 2, 2], secret.slice(0, 12))
const adobe = segment(0xee, 'Adobe', [0, 100, 0, 0, 0, 0, 1])
const quantisation = segment(0xdb, [0], new Uint8Array(64).fill(1))
const frame = segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0])
const huffman = (of: number): Uint8Array => segment(0xc4, [of, 1, ...new Array(15).fill(0), 0])
const scan = bytes(segment(0xda, [1, 1, 0, 0, 63, 0]), [0x3f, 0xff, 0x00, 0x12, 0xff, 0xd0, 0x3f])
const [start, end] = [bytes([0xff, 0xd8]), bytes([0xff, 0xd9])]
const picture = [quantisation, frame, huffman(0), huffman(0x10), scan]
const clean = bytes(start, jfif, adobe, ...picture, end)

test('a JPEG keeps what decoding needs, and nothing else', () => {
  const told = bytes(
    start,
    jfifWithPreview,
    segment(0xe0, 'JFXX\0', [0x10], secret),
    segment(0xe1, 'Exif\0\0', exif(6, 'II')),
    segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', secret),
    segment(0xe2, 'ICC_PROFILE\0', [1, 1], secret),
    segment(0xed, 'Photoshop 3.0\0', secret),
    segment(0xee, 'Adobe', [0, 100, 0, 0, 0, 0, 1], secret),
    segment(0xfe, secret),
    [0xff, 0xff], // fill
    ...picture,
    segment(0xfe, secret),
    end,
    secret,
  )
  const { bytes: stripped, format, orientation, removed } = stripMetadata(told)
  assert.equal(format, 'jpeg')
  assert.equal(orientation, 6)
  assert.deepEqual(removed, ['APP0', 'APP1', 'APP1', 'APP2', 'APP13', 'COM', 'COM', 'trailing bytes'])
  assert.deepEqual(stripped, new Uint8Array(clean))
  assert.ok(holds(told, secret) && !holds(stripped, secret.slice(0, 8)))
  assert.deepEqual(stripMetadata(stripped), { bytes: stripped, format, orientation: null, removed: [] })
})

test('orientations are read in both byte orders; broken EXIF is taken out without one', () => {
  const withExif = (block: Uint8Array): Uint8Array =>
    bytes(start, segment(0xe1, 'Exif\0\0', block), ...picture, end)
  for (let orientation = 1; orientation <= 8; orientation++) {
    for (const order of ['II', 'MM'] as const) {
      assert.equal(stripMetadata(withExif(exif(orientation, order))).orientation, orientation)
    }
  }
  assert.equal(stripMetadata(withExif(exif(9, 'MM'))).orientation, null)
  const whole = exif(6, 'MM')
  for (let length = 0; length < 34; length++) {
    const { orientation, bytes: stripped } = stripMetadata(withExif(whole.subarray(0, length)))
    assert.equal(orientation, null)
    assert.deepEqual(stripped, new Uint8Array(bytes(start, ...picture, end)))
  }
})

test('a JPEG cut anywhere, or with a segment that does not fit, is refused', () => {
  for (let length = 2; length < clean.length; length++) {
    assert.throws(
      () => stripMetadata(clean.subarray(0, length)),
      { code: 'data-unreadable' },
      `cut at ${length}`,
    )
  }
  const broken: Record<string, Uint8Array> = {
    'no scan': bytes(start, quantisation, frame, end),
    'no frame': bytes(start, quantisation, scan, end),
    'bytes between segments': bytes(start, quantisation, [0], frame, scan, end),
    'bytes hidden behind a quantisation table': bytes(
      start,
      segment(0xdb, [0], new Uint8Array(64), secret),
      frame,
      scan,
      end,
    ),
    'bytes hidden behind a Huffman table': bytes(
      start,
      segment(0xc4, [0, 1, ...new Array(15).fill(0), 0], 'Zq'),
      frame,
      scan,
      end,
    ),
    'bytes hidden behind a frame': bytes(
      start,
      segment(0xc0, [8, 0, 8, 0, 8, 1, 1, 0x11, 0], secret),
      scan,
      end,
    ),
    'bytes hidden in an interval': bytes(start, segment(0xdd, [0, 1], secret), ...picture, end),
    'a picture within': bytes(start, start, ...picture, end),
    'a reserved marker': bytes(start, segment(0xf0, secret), ...picture, end),
    'a length of 1': bytes(start, [0xff, 0xe1, 0, 1], ...picture, end),
  }
  for (const [what, file] of Object.entries(broken)) {
    assert.throws(() => stripMetadata(file), { code: 'data-unreadable' }, what)
  }
})

function chunk(type: string, data: Uint8Array | string = ''): Uint8Array {
  const named = bytes(type, typeof data === 'string' ? data : data)
  const view = new DataView(new ArrayBuffer(8))
  view.setUint32(0, named.length - 4)
  view.setUint32(4, crc32(named))
  return bytes(new Uint8Array(view.buffer, 0, 4), named, new Uint8Array(view.buffer, 4, 4))
}
const signature = bytes([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
const header = chunk('IHDR', bytes([0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]))
const pixels = chunk('IDAT', deflateSync(bytes([0, 128])))
const gamma = chunk('gAMA', bytes([0, 0, 0xb1, 0x8f]))
const [last, density] = [chunk('IEND'), chunk('pHYs', bytes([0, 0, 11, 19, 0, 0, 11, 19, 1]))]

test('a PNG keeps pixels and how they are shown, and nothing else', () => {
  const told = bytes(
    signature,
    header,
    gamma,
    density,
    chunk('tEXt', `Author\0${secret}`),
    chunk('iTXt', `XML:com.adobe.xmp\0\0\0\0\0${secret}`),
    chunk('zTXt', `Comment\0\0${secret}`),
    chunk('eXIf', exif(8, 'MM')),
    chunk('iCCP', secret),
    chunk('prVt', secret),
    pixels,
    chunk('tIME', bytes([7, 232, 3, 5, 8, 30, 0])),
    last,
    secret,
  )
  const { bytes: stripped, format, orientation, removed } = stripMetadata(told)
  assert.deepEqual([format, orientation], ['png', 8])
  assert.deepEqual(removed, ['tEXt', 'iTXt', 'zTXt', 'eXIf', 'iCCP', 'prVt', 'tIME', 'trailing bytes'])
  assert.deepEqual(stripped, new Uint8Array(bytes(signature, header, gamma, density, pixels, last)))
  assert.ok(!holds(stripped, secret))
  assert.deepEqual(stripMetadata(stripped).removed, [])
})

test('a PNG cut anywhere, with a wrong checksum, or with chunks that cannot be there, is refused', () => {
  const plain = bytes(signature, header, gamma, pixels, last)
  for (let length = 8; length < plain.length; length++) {
    assert.throws(
      () => stripMetadata(plain.subarray(0, length)),
      { code: 'data-unreadable' },
      `cut at ${length}`,
    )
  }
  for (let place = 8; place < plain.length; place++) {
    const flipped = plain.with(place, plain[place]! ^ 1)
    assert.throws(() => stripMetadata(flipped), { code: 'data-unreadable' }, `flipped at ${place}`)
  }
  const broken: Record<string, Uint8Array> = {
    'no header': bytes(signature, gamma, header, pixels, last),
    'no pixels': bytes(signature, header, last),
    'scattered pixels': bytes(signature, header, pixels, gamma, pixels, last),
    'a critical chunk of no known sort': bytes(signature, header, chunk('ABCD', secret), pixels, last),
    'gamma twice': bytes(signature, header, gamma, gamma, pixels, last),
    'bytes hidden in the density': bytes(signature, header, chunk('pHYs', secret), pixels, last),
    'bytes hidden at the end': bytes(signature, header, pixels, chunk('IEND', secret)),
    'a palette that is too long': bytes(signature, header, chunk('PLTE', new Uint8Array(771)), pixels, last),
  }
  for (const [what, file] of Object.entries(broken)) {
    assert.throws(() => stripMetadata(file), { code: 'data-unreadable' }, what)
  }
})

test('other formats are refused', () => {
  for (const file of [bytes('GIF89a'), bytes('RIFF....WEBP'), bytes([]), bytes([0x49, 0x49, 42, 0])]) {
    assert.throws(() => stripMetadata(file), { code: 'data-unreadable', hint: /PNG/ })
  }
})

test('pictures of an encoder have the same pixels afterwards, and their metadata not', async () => {
  const noise = Uint8Array.from({ length: 40 * 30 * 3 }, (_, i) => (i * i * 31) >> 5)
  const plain = sharp(noise, { raw: { width: 40, height: 30, channels: 3 } })
    .withExif({ IFD0: { Artist: secret }, IFD3: { GPSLatitude: '47/1 22/1 0/1' } })
    .withMetadata({ orientation: 6, density: 300 })
  const files = await Promise.all([
    plain.clone().jpeg().toBuffer(),
    plain.clone().jpeg({ progressive: true, chromaSubsampling: '4:4:4' }).toBuffer(),
    plain.clone().toColourspace('cmyk').jpeg().toBuffer(),
    plain.clone().png().toBuffer(),
    plain.clone().png({ palette: true, progressive: true }).toBuffer(),
  ])
  for (const [index, file] of files.entries()) {
    const { bytes: stripped, orientation, removed } = stripMetadata(file)
    assert.equal(orientation, 6, String(index))
    assert.ok(removed.length > 0 && holds(file, secret) && !holds(stripped, secret), String(index))
    const [before, after] = await Promise.all(
      [file, stripped].map(data => sharp(data).keepIccProfile().raw().toBuffer()),
    )
    const { exif, xmp, iptc, comments } = await sharp(stripped).metadata()
    assert.deepEqual([exif, xmp, iptc, comments], [undefined, undefined, undefined, undefined], String(index))
    assert.ok(before!.equals(after!), `pixels of ${index}`)
  }
})
