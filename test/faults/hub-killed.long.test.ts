// Every write of a run, one after the other: some four minutes.
process.env.CONSORT_TEST_STRIDE = '1'
await import('./hub-killed.test.ts')
