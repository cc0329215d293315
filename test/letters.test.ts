import assert from 'node:assert/strict'
import test from 'node:test'
import { mayBeShown, ordinaryWords } from '../examples/quickstart/letters/may-be-shown.ts'
import { readMail } from '../examples/quickstart/letters/read-mail.ts'

const headers = 'From: a@b.example\nSubject: =?iso-8859-1?Q?Caf=E9_at?=\n noon\nX-Spam: yes\n'
const mails: [what: string, mail: string, body: string][] = [
  ['plain', `${headers}\nSee you\n\n\n\nthere`, 'See you\n\nthere'],
  ['with line ends of the mail protocol', `${headers}\nSee you`.replaceAll('\n', '\r\n'), 'See you'],
  ['quoted', `${headers}Content-Transfer-Encoding: quoted-printable\n\nSee=20yo=\nu`, 'See you'],
  ['in base64', `${headers}Content-Transfer-Encoding: base64\n\nU2VlIHlvdQ==\n`, 'See you'],
  [
    'of markup',
    `${headers}Content-Type: text/html\n\n<style>p {}</style><p>See&nbsp;<b>you</b><!-- not me --></p>`,
    'See you',
  ],
  [
    'of parts',
    `${headers}Content-Type: multipart/mixed; boundary="=_x"\n\nnot this\n--=_x\nContent-Type: text/html\n\n<p>nor this</p>\n--=_x\n\nSee you\n--=_x\nContent-Type: image/png\n\nAAAA\n--=_x--\n`,
    'See you',
  ],
  ['of nothing', headers, ''],
]
for (const [what, mail, body] of mails)
  test(`a mail ${what} is its subject and what a person reads, and no other header`, () => {
    assert.deepEqual(readMail(mail), { subject: 'Café at noon', body })
  })

test('only short letters in ordinary words are shown, and none with an obscene stem anywhere in a word', () => {
  const body =
    'please find the minutes of our meeting below and tell me what you think about the plan '.repeat(3)
  const letter = { subject: 'minutes', body }
  const ordinary = ordinaryWords([letter, letter, letter])
  assert.ok(mayBeShown(letter, ordinary))
  assert.equal(mayBeShown(letter, ordinaryWords([letter, letter])), false, 'twice is not ordinary')
  assert.equal(mayBeShown({ ...letter, body: body.repeat(20) }, ordinary), false)
  for (const word of ['viagra', 'superviagra4u'])
    assert.equal(mayBeShown({ ...letter, body: `${body} ${word}` }, new Set([...ordinary, word])), false)
})
