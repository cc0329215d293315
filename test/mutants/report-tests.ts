import { run } from 'node:test'

/**
 * Runs the tests of a file, or those whose title has a part, and prints a line of JSON for each that has ended and was
 * not skipped. The arguments are the file, how many seconds one test may take, and the part.
 */
const [file = '', seconds = '', title] = process.argv.slice(2)
const quoted = title?.replace(/[^\p{L}\p{N} ]/gu, '\\$&')
const events = run({
  files: [file],
  execArgv: [
    ...['--conditions=source', '--disable-warning=ExperimentalWarning'],
    `--test-timeout=${Number(seconds) * 1000}`,
  ],
  ...(quoted !== undefined && { testNamePatterns: [new RegExp(quoted)] }),
})
const print = (test: string, passes: boolean): void => console.log(JSON.stringify({ test, passes }))
events.on('test:pass', ({ name, skip }) => skip === undefined && print(name, true))
events.on('test:fail', ({ name }) => print(name, false))
for await (const _ of events);
