import { isBankCard, isResidentId } from './check-digits.ts'

/** What is found in free text. */
export type IdentifierKind = 'resident-id' | 'bank-card' | 'ssn' | 'email' | 'phone' | 'name'

/** One way in which an identifier is written, in folded text: lower case, one kind of dash, single spaces. */
export interface TextPattern {
  readonly kind: IdentifierKind
  /** Matches at most a few hundred characters: no unbounded repetition, so that the search is linear. */
  readonly pattern: RegExp
  /** How many characters of the match are the identifier; 0 for none. All, when absent. */
  readonly accept?: (matched: string) => number
}

/** Not in the middle of a number, nor behind a digit and a dot or hyphen, as in versions, amounts and order numbers. */
const notInNumber = '(?<!\\d|\\d[.-])'
const notGoingOn = '(?!\\d|[.-]\\d)'
/** Letters that are written in words with spaces between; Chinese text runs on without. */
const letter = '\\p{Script=Latin}\\p{Script=Cyrillic}\\p{Script=Greek}'
const phoneWord =
  '(?:tel|telephone|phone|mobile|cell|fax|whatsapp|wechat|电话|电话号码|手机|手机号|手机号码|联系方式|座机|传真|微信)'
const phoneLead = `(?<=${phoneWord}(?: ?(?:number|no))?[ .:#=是为]{0,4})`

/** In the order of precedence where two overlap. */
export const textPatterns: readonly TextPattern[] = [
  {
    kind: 'resident-id',
    pattern: /(?<!\d)\d(?:[ .-]?\d){16}[ .-]?[\dx](?![\da-z])/g,
    accept: matched => (isResidentId(matched.replace(/[^\dx]/g, '')) ? matched.length : 0),
  },
  {
    kind: 'resident-id',
    pattern: new RegExp(`${notInNumber}\\d{15}${notGoingOn}`, 'g'),
    accept: matched => (isResidentId(matched) ? matched.length : 0),
  },
  {
    kind: 'bank-card',
    pattern: /(?<!\d|\d\.)\d{4,19}(?:[ -]\d{4,15}){0,4}(?:[ -]\d{1,4})?(?!\d)/g,
    accept: cardLength,
  },
  {
    kind: 'ssn',
    pattern: new RegExp(
      `${notInNumber}${ssnArea()}\\d{3}([ -])(?!00)\\d{2}\\1(?!0000)\\d{4}${notGoingOn}`,
      'g',
    ),
  },
  {
    kind: 'ssn',
    pattern: new RegExp(
      `(?=\\d)(?<!\\d)(?<=(?:ssn|social security)[^\\d\\n]{0,16})${ssnArea()}\\d{3}(?!00)\\d{2}(?!0000)\\d{4}(?!\\d)`,
      'g',
    ),
  },
  {
    // RFC 5321: at most 64 octets before the sign, labels of 63. Looked for from the sign, leftwards and rightwards.
    kind: 'email',
    pattern: new RegExp(
      `@(?<=(?<local>[${letter}\\d.!#$%&'*+/=?^_\`{|}~-]{1,64})@)(?:[${letter}\\d-]{1,63}\\.){1,8}[${letter}]{2,24}(?![${letter}\\d])`,
      'gu',
    ),
  },
  // Chinese mobile numbers, with or without +86
  {
    kind: 'phone',
    pattern: new RegExp(
      `(?<![a-z_])${notInNumber}(?:\\(?(?:\\+|00)?86\\)?[ -]?)?1[3-9]\\d([ .-]?)\\d{4}\\1\\d{4}(?![a-z_])${notGoingOn}`,
      'g',
    ),
  },
  // International: E.164 has at most 15 digits
  { kind: 'phone', pattern: /(?<![\da-z+])\+[1-9](?:[ ./()-]{0,3}\d){8,14}(?!\d)/g },
  {
    kind: 'phone',
    pattern: new RegExp(`${notInNumber}00[1-9]\\d{0,2}[ -](?:[ ()-]{0,2}\\d){7,12}(?!\\d)`, 'g'),
  },
  // North America
  {
    kind: 'phone',
    pattern: new RegExp(
      `${notInNumber}(?:1[ .-])?(?:\\([2-9]\\d{2}\\)[ -]?[2-9]\\d{2}[ .-]|[2-9]\\d{2}(?:- ?|\\.)[2-9]\\d{2}[.-]|[2-9]\\d{2} [2-9]\\d{2}-)\\d{4}${notGoingOn}`,
      'g',
    ),
  },
  // Area code and number: China, with an extension; then as written in Europe
  {
    kind: 'phone',
    pattern: new RegExp(
      `${notInNumber}(?:\\(0[1-9]\\d{1,2}\\) ?|0[1-9]\\d{1,2}[ -])[1-9]\\d{2,3}[ -]?\\d{4}(?:(?: ?转 ?| ?(?:ext|x)\\.? ?|-)\\d{1,6})?(?!\\d)`,
      'g',
    ),
  },
  {
    kind: 'phone',
    pattern: new RegExp(`${notInNumber}0[1-9]\\d{1,3}(?:[ /-]\\d{2,8}){1,4}${notGoingOn}`, 'g'),
    accept: matched => {
      const digits = matched.replace(/\D/g, '').length
      return digits >= 9 && digits <= 12 ? matched.length : 0
    },
  },
  {
    kind: 'phone',
    pattern: new RegExp(`${notInNumber}0[1-9]([ .])\\d{2}(?:\\1\\d{2}){3}(?!\\d|[ .]\\d)`, 'g'),
  },
  // Service numbers
  { kind: 'phone', pattern: new RegExp(`${notInNumber}[48]00-\\d{3,4}-?\\d{3,4}${notGoingOn}`, 'g') },
  // Any number that a word announces, unless it is a date
  {
    kind: 'phone',
    pattern: new RegExp(
      `(?=[\\d(])(?<!\\d)${phoneLead}(?!(?:19|20)\\d\\d[-.]\\d\\d?[-.]\\d)\\(?\\d(?:[ ().-]{0,2}\\d){6,14}(?!\\d)`,
      'g',
    ),
  },
]

/** Areas that were never given out: 000, 666 and 900 to 999. */
function ssnArea(): string {
  return '(?!000|666|9)'
}

/** Cards come in groups of four or more digits; what stands behind (a code, a year) may look like one more. */
function cardLength(matched: string): number {
  const ends = [...matched.matchAll(/\d(?!\d)/g)].map(({ index }) => index + 1)
  return ends.reverse().find(end => isBankCard(matched.slice(0, end).replace(/\D/g, ''))) ?? 0
}
