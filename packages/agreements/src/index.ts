export {
  type ChainHead,
  type EventEntry,
  emptyChain,
  type Happening,
  nextEntry,
  parseEntry,
  verifyEntries,
} from './event-chain.ts'
export { formatExport, parseExport } from './log-export.ts'
