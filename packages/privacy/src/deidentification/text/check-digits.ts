/**
 * Luhn's check digit (ISO/IEC 7812-1, annex B): of bank cards, from the last digit, every second one doubled, the
 * digits' sum is a multiple of 10. One random number in ten passes.
 */
export function luhnHolds(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = Number(digits.at(-1 - index))
    const counted = index % 2 === 0 ? digit : 2 * digit
    sum += counted > 9 ? counted - 9 : counted
  }
  return sum % 10 === 0
}

/**
 * Whether 13 to 19 digits can be a bank card: an issuer's number and length in use (Visa, Mastercard, American
 * Express, Diners, JCB, Discover, UnionPay with the older Chinese ranges), and Luhn's check digit.
 */
export function isBankCard(digits: string): boolean {
  return digits.length >= 13 && digits.length <= 19 && issuerPattern.test(digits) && luhnHolds(digits)
}

const issuerPattern =
  /^(?:4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|35(?:2[89]|[3-8]\d)\d{12,15}|6(?:011|[45]\d\d)\d{12,15}|(?:6[0-9]|81|9558)\d{14,17})$/

/**
 * Whether 18 characters (17 digits and a digit or `x`) are a Chinese resident's number: GB 11643-1999 with the check
 * character of ISO/IEC 7064, MOD 11-2; or 15 digits as issued until 1999, which have none. Province and birthday are
 * checked.
 */
export function isResidentId(characters: string): boolean {
  if (characters.length === 15)
    return provinces.has(characters.slice(0, 2)) && isDay(`19${characters.slice(6, 12)}`)
  if (!/^\d{17}[\dx]$/.test(characters) || !provinces.has(characters.slice(0, 2))) return false
  if (!/^(?:18|19|20)/.test(characters.slice(6)) || !isDay(characters.slice(6, 14))) return false
  let sum = 0
  for (let index = 0; index < 17; index++) sum += Number(characters[index]) * residentWeights[index]!
  return '10x98765432'[sum % 11] === characters[17]
}

const residentWeights = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2]
/** GB/T 2260, by two digits; 81 to 83 are the residence permits of Hong Kong, Macao and Taiwan. */
const provinces = new Set(
  '11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 65 71 81 82 83'.split(
    ' ',
  ),
)

/** Whether `yyyymmdd` is a day of the calendar. */
function isDay(digits: string): boolean {
  const [year, month, day] = [digits.slice(0, 4), digits.slice(4, 6), digits.slice(6, 8)].map(Number)
  const date = new Date(Date.UTC(year!, month! - 1, day!))
  return date.getUTCMonth() === month! - 1 && date.getUTCDate() === day
}
