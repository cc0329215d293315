import { openPutBack } from './put-back.ts'

using putBack = openPutBack()
for (const id of process.argv.slice(3)) {
  const t = performance.now()
  const { found, output } = await putBack.find(id, Number(process.argv[2]))
  console.log(
    id,
    '|',
    found,
    '|',
    /seed \d+/.exec(output)?.[0],
    '|',
    output.trim().split('\n').at(-1)?.slice(0, 150),
    Math.round((performance.now() - t) / 1000),
  )
}
