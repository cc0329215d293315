const typable = /^[0-9a-z]$/i
const positions = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0']

/**
 * The key of each class; null where only the arrows reach it. Classes that are a single letter or digit have that key,
 * otherwise the first ten are counted 1 … 9, 0. Where some class is a digit nothing is counted: key 1 would stand for
 * another class than “1”.
 */
export function keysOf(classes: readonly string[]): (string | null)[] {
  const named = classes.map(name => (typable.test(name) ? name.toLowerCase() : null))
  const given = named.filter(key => key !== null)
  const isUnique = new Set(given).size === given.length
  const byName = given.length === classes.length || given.some(key => /\d/.test(key))
  if (isUnique && byName) return named
  return classes.map((_, index) => positions[index] ?? null)
}
