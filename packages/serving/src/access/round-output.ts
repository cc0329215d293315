/**
 * A number to so many decimals (1 to 15), the nearest. Equal inputs give equal outputs, so asking again tells no more.
 * Fewer decimals blunt what tells members of the training set from others by their confidence (Shokri, Stronati, Song,
 * Shmatikov 2017, section VIII.B); they do not end it, since the class itself says something too: the budget bounds how
 * often.
 */
export function roundOutput(value: number, decimals: number): number {
  return Number(value.toFixed(decimals))
}
