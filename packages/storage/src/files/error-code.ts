/** Tells whether an error of Node has one of these codes, such as `ENOENT`. */
export function hasCode(
  error: unknown,
  ...codes: readonly string[]
): error is Error & { readonly code: string } {
  return (
    error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
  )
}
