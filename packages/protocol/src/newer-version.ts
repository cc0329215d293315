const pattern = /^(\d{1,6})\.(\d{1,6})\.(\d{1,6})/

/**
 * Returns true when `version` comes after `other`, both as `1.2.3`; what follows the three numbers does not
 * count.
 */
export function isNewerVersion(version: string, other: string): boolean {
  const [left, right] = [pattern.exec(version), pattern.exec(other)]
  if (!left || !right) return false
  for (const part of [1, 2, 3]) {
    const difference = Number(left[part]) - Number(right[part])
    if (difference !== 0) return difference > 0
  }
  return false
}
