import { openBaseStore } from '../store/base-store.ts'

/** A process that has a base open until it is killed: `hold-base.ts STORE NAME`. */
const [store = '', name = ''] = process.argv.slice(2)
await openBaseStore(store).open(name)
console.log('open')
setInterval(() => {}, 60_000)
