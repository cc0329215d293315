/** What a person reads of a mail: no header but the subject, no markup, no attachment. */
export interface Letter {
  readonly subject: string
  readonly body: string
}

/**
 * Reads a mail as it lies in a mailbox (RFC 5322, with the parts of RFC 2045 that letters use): the first part of text,
 * its transfer encoding undone, markup taken away. What is encoded in another way stays as it is.
 */
export function readMail(mail: string): Letter {
  const { headers, body } = partOf(mail.replaceAll('\r\n', '\n'))
  return { subject: decodedWords(headers.get('subject') ?? ''), body: plain(textOf({ headers, body }, 0)) }
}

interface Part {
  readonly headers: ReadonlyMap<string, string>
  readonly body: string
}

/** Lines up to the first empty one are headers; a line that begins with a space goes on with the one before. */
function partOf(text: string): Part {
  const end = text.indexOf('\n\n')
  const head = (end < 0 ? text : text.slice(0, end)).replaceAll(/\n[ \t]+/g, ' ')
  const named = head.split('\n').flatMap((line): [string, string][] => {
    const colon = line.indexOf(':')
    return colon <= 0 ? [] : [[line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]]
  })
  return { headers: new Map(named.reverse()), body: end < 0 ? '' : text.slice(end + 2) }
}

/** Parts within parts, deeper than this, are no letter. */
const depthMax = 4

function textOf({ headers, body }: Part, depth: number): { text: string; isMarkup: boolean } {
  const type = headers.get('content-type') ?? 'text/plain'
  const boundary = /boundary="?([^";]+)/i.exec(type)?.[1]
  if (/^multipart\//i.test(type) && boundary !== undefined && depth < depthMax) {
    const parts = body
      .split(`--${boundary}`)
      .slice(1)
      .filter(part => !part.startsWith('--'))
      .map(part => textOf(partOf(part.replace(/^[^\n]*\n/, '\n').replace(/^\n(?=\S)/, '')), depth + 1))
      .filter(({ text }) => text.trim() !== '')
    return parts.find(({ isMarkup }) => !isMarkup) ?? parts[0] ?? nothing
  }
  if (!/^(text|message)\//i.test(type)) return nothing
  return { text: decoded(body, headers.get('content-transfer-encoding') ?? ''), isMarkup: /html/i.test(type) }
}

const nothing = { text: '', isMarkup: false }

function decoded(body: string, encoding: string): string {
  if (/base64/i.test(encoding)) return Buffer.from(body, 'base64').toString('latin1')
  return /quoted-printable/i.test(encoding) ? quotedPrintable(body) : body
}

function quotedPrintable(text: string): string {
  return text
    .replaceAll(/=\n/g, '')
    .replaceAll(/=([0-9A-F]{2})/gi, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)))
}

/** `=?iso-8859-1?Q?…?=` in a subject. */
function decodedWords(subject: string): string {
  return subject.replaceAll(/=\?[^?]+\?([QB])\?([^?]*)\?=/gi, (_, kind, text) =>
    /b/i.test(kind) ? decoded(text, 'base64') : quotedPrintable(text.replaceAll('_', ' ')),
  )
}

const entities: Readonly<Record<string, string>> = { nbsp: ' ', amp: '&', lt: '<', gt: '>', quot: '"' }

function plain({ text, isMarkup }: { text: string; isMarkup: boolean }): string {
  const read = isMarkup
    ? text
        .replaceAll(/<(style|script)\b.*?<\/\1>|<!--.*?-->/gis, ' ')
        .replaceAll(/<(br|p|div|tr|li|h\d)\b[^>]*>/gi, '\n')
        .replaceAll(/<[^>]*>/g, ' ')
        .replaceAll(/&(\w+);/g, (whole, name) => entities[name.toLowerCase()] ?? whole)
    : text
  return read
    .replaceAll(/[^\P{C}\n\t]/gu, ' ')
    .replaceAll(/[ \t]+/g, ' ')
    .replaceAll(/ ?\n(?: ?\n)+/g, '\n\n')
    .trim()
}
