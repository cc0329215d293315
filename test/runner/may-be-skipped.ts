/**
 * Tests that may be skipped where CI=true, by their names: they need what cannot be installed, which is the folder of
 * real data beside the checkout, or a base model.
 */
const names: readonly string[] = [
  'PneumoniaMNIST is read',
  'the four hospitals of the heart disease data are read once they have a header',
  ...['cleveland', 'hungarian', 'switzerland', 'va'].map(
    hospital => `${hospital} conforms, and becomes the table of the consortium`,
  ),
  'the first record of Cleveland reads as its physicians wrote it',
  'Switzerland writes 0 for every cholesterol: without a word in the mapping it is found',
  'Long Beach has 49 such zeros, and one blood pressure of 0',
  'with 0 inside the range those zeros are still suspect, and those of the ST depression are not',
  'a unit of another size is found: mmol/L where the file has mg/dL, kPa where it has mmHg',
  'statistics are of what is recorded, and silent where too little is',
  'MiniLM-L6 has the numbers that safetensors reads in Python',
  'SmolLM2-135M has the numbers that gguf-py reads from Q4_1 and Q8_0',
  'fifty texts have the tokens of transformers, by the tokenizer of MiniLM-L6',
  'the race deferral runs in rehearsal',
  'all ten steps hold on four real hospitals, and every planted fault is caught',
]

/** Returns true when a test of this name needs what a machine may lack for good. */
export function mayBeSkipped(name: string): boolean {
  return names.includes(name)
}
