import { type Field, type Message, type MessageName, messages } from './messages.ts'

/** Protocol buffers' wire format, for the messages of `messages.ts`. */
export function encodeMessage<M extends MessageName>(name: M, message: Message<M>): Uint8Array {
  const parts: Uint8Array[] = []
  writeMessage(name, message as Record<string, unknown>, parts)
  return Buffer.concat(parts)
}

const wireTypes = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** Appends to `parts` and returns how many bytes that were; large byte arrays are not copied. */
function writeMessage(name: MessageName, message: Record<string, unknown>, parts: Uint8Array[]): number {
  let length = 0
  const push = (bytes: Uint8Array): void => {
    parts.push(bytes)
    length += bytes.length
  }
  for (const [key, [number, kind, repeated]] of fieldsOf(name)) {
    const value = message[key]
    if (value === undefined) continue
    for (const item of repeated ? (value as unknown[]) : [value]) {
      if (kind === 'int') {
        push(varint((number << 3) | wireTypes.varint))
        push(varint(item as number))
      } else if (kind === 'float') {
        push(varint((number << 3) | wireTypes.fixed32))
        push(new Uint8Array(Float32Array.of(item as number).buffer))
      } else {
        const nested: Uint8Array[] = []
        const nestedLength = writeBytes(kind, item, nested)
        push(varint((number << 3) | wireTypes.bytes))
        push(varint(nestedLength))
        for (const part of nested) push(part)
      }
    }
  }
  return length
}

function writeBytes(kind: string, item: unknown, parts: Uint8Array[]): number {
  if (kind !== 'string' && kind !== 'bytes')
    return writeMessage(kind as MessageName, item as Record<string, unknown>, parts)
  const bytes = kind === 'string' ? Buffer.from(item as string) : (item as Uint8Array)
  parts.push(bytes)
  return bytes.length
}

function fieldsOf(name: MessageName): [string, Field][] {
  return Object.entries(messages[name])
}

function varint(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, BigInt(value))
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(bytes)
}

/** Reads one message; throws a `RangeError` for bytes that are none. Byte fields are views of `bytes`. */
export function decodeMessage<M extends MessageName>(name: M, bytes: Uint8Array): Message<M> {
  return readMessage(name, { bytes, position: 0, end: bytes.length }) as Message<M>
}

interface Reader {
  readonly bytes: Uint8Array
  position: number
  readonly end: number
}

function readMessage(name: MessageName, reader: Reader): Record<string, unknown> {
  const byNumber = new Map(
    fieldsOf(name).map(([key, field]) => [field[0], { key, kind: field[1], repeated: field[2] }]),
  )
  const message: Record<string, unknown> = {}
  while (reader.position < reader.end) {
    const tag = Number(readVarint(reader))
    const field = byNumber.get(tag >> 3)
    const values = readValues(reader, tag & 7, field?.kind)
    if (field === undefined) continue
    if (field.repeated) message[field.key] = [...((message[field.key] as unknown[]) ?? []), ...values]
    else message[field.key] = values.at(-1)
  }
  return message
}

function readValues(reader: Reader, wireType: number, kind: string | undefined): unknown[] {
  if (wireType === wireTypes.varint) return [Number(BigInt.asIntN(64, readVarint(reader)))]
  if (wireType === wireTypes.fixed64) return [take(reader, 8)]
  if (wireType === wireTypes.fixed32) {
    const word = take(reader, 4)
    return [new DataView(word.buffer, word.byteOffset).getFloat32(0, true)]
  }
  if (wireType !== wireTypes.bytes) throw new RangeError(`wire type ${wireType} is not protobuf's`)
  const content = take(reader, Number(readVarint(reader)))
  if (kind === undefined || kind === 'bytes') return [content]
  if (kind === 'string') return [Buffer.from(content).toString('utf8')]
  const nested: Reader = { bytes: content, position: 0, end: content.length }
  if (kind !== 'int') return [readMessage(kind as MessageName, nested)]
  const packed: number[] = []
  while (nested.position < nested.end) packed.push(Number(BigInt.asIntN(64, readVarint(nested))))
  return packed
}

function take(reader: Reader, length: number): Uint8Array {
  if (reader.position + length > reader.end) throw new RangeError('the message ends in the middle of a field')
  reader.position += length
  return reader.bytes.subarray(reader.position - length, reader.position)
}

function readVarint(reader: Reader): bigint {
  let value = 0n
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = take(reader, 1)[0]!
    value |= BigInt(byte & 127) << shift
    if (byte < 128) return value
  }
  throw new RangeError('a number is longer than 64 bits')
}
