/**
 * Scales a gradient down to the Euclidean norm `most` where it is longer (Pascanu, Mikolov, Bengio 2013, algorithm 1).
 * One that is not finite stays as it is.
 */
export function clipGradient(gradient: Float32Array, most: number): void {
  let square = 0
  for (let index = 0; index < gradient.length; index++) square += gradient[index]! ** 2
  const norm = Math.sqrt(square)
  if (!(norm > most) || !Number.isFinite(norm)) return
  const share = most / norm
  for (let index = 0; index < gradient.length; index++) gradient[index]! *= share
}
