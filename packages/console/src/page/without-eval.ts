import { config } from 'zod'

// Must be loaded before any schema is: zod would try to compile them, which the page's security policy forbids and
// reports.
config({ jitless: true })
