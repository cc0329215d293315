import { runProgram } from './program.ts'

const stopping = new AbortController()
const stop = (): void => stopping.abort(new DOMException('Interrupted', 'AbortError'))
// More than once is no haste: a supervisor tells the whole group, and the launcher passes its own signal on.
process.on('SIGTERM', stop)
process.on('SIGINT', () => {
  if (stopping.signal.aborted) process.exit(130) // who presses Ctrl-C again does not want to wait
  stop()
})
process.stdout.on('error', error => {
  if ((error as NodeJS.ErrnoException).code === 'EPIPE') process.exit(0) // e.g. piped into head
  throw error
})

process.exitCode = await runProgram(process.argv.slice(2), process.env, stopping.signal)
