export type { Examples } from './examples.ts'
