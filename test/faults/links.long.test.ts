// The update of 300 MB over a link that is cut every second: some two minutes.
process.env.CONSORT_TEST_MEGABYTES = '300'
await import('./links.test.ts')
