import { runProgram } from './program.ts'

const stopping = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (stopping.signal.aborted) process.exit(130) // the second time, at once
    stopping.abort(new DOMException('Interrupted', 'AbortError'))
  })
}
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0) // e.g. piped into head
  throw error
})

process.exitCode = await runProgram(process.argv.slice(2), process.env, stopping.signal)
