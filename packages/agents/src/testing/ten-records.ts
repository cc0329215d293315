/** Ten records of three classes, and their labels: what figures of other libraries were computed for. */
export const tenRows = [
  [7.5, 0.3, -3.6],
  [0.9, 5.7, 0.6],
  [-2.1, 1.2, 9.3],
  [5.4, 4.5, -0.9],
  [0.6, -2.7, 6.6],
  [9.9, 1.5, 0.3],
  [2.7, 3.3, -4.2],
  [-0.6, 8.1, 1.8],
  [4.2, -1.8, 3.0],
  [0.3, 2.4, 8.7],
]
export const tenRecords = { logits: tenRows.flat(), classes: 3 }
export const tenLabels = [0, 1, 2, 1, 2, 0, 0, 1, 2, 1]
