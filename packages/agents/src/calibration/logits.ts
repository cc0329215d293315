/** Logits of n records over k ≥ 2 classes, n × k by rows; natural logarithms of probabilities will do as well. */
export interface Logits {
  readonly logits: ArrayLike<number>
  readonly classes: number
}
