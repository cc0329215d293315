/**
 * Pieces to repeat. Each is a way to make a search go back and forth; where its work grows with the square of the
 * length, the time runs out.
 */
export const hostileTexts: Record<string, string> = {
  'letters that never reach a sign': 'a',
  'dots and hyphens': 'a.-',
  'signs alone': '@',
  'addresses without an end': 'a@a.',
  'one long number': '1',
  'numbers with separators': '1 ',
  'groups of a card': '4111 ',
  'groups of four with hyphens': '1380-',
  'plus signs': '+1',
  brackets: '(0',
  'words that announce a number': 'tel.:',
  'spaces between': 'ssn          ',
  spaces: ' ',
  'marks on marks': '\u0301',
  'wide digits': '１３',
  'letters that unfold': '\ufdfa',
  'names that begin': '王小',
}
