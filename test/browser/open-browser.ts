import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const executablePath = '/usr/bin/chromium'

/** Why there can be no test in a browser here, or false. */
export const noBrowser: string | false = existsSync(executablePath)
  ? false
  : `no browser at ${executablePath}: apt install chromium`

/** Guards against hanging: a busy machine takes long to draw a page. */
const patienceMs = 120_000

export function openBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath, timeout: patienceMs })
}

export interface WatchedPage {
  readonly page: Page
  /** Errors of the page, violations of its content security policy among them. */
  readonly errors: string[]
  /** Every address asked for. */
  readonly asked: string[]
  /** Every answer of the node, as text. */
  readonly received: string[]
}

/** A page that is watched for errors and for what goes over the wire. */
export async function openPage(browser: Browser, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce', ...options })
  context.setDefaultTimeout(patienceMs)
  const page = await context.newPage()
  const watched: WatchedPage = { page, errors: [], asked: [], received: [] }
  page.on('pageerror', error => watched.errors.push(String(error)))
  page.on('console', message => {
    // That the node is away, or refuses, is what some tests are about.
    const isExpected = message.text().startsWith('Failed to load resource')
    if (message.type() === 'error' && !isExpected) watched.errors.push(message.text())
  })
  page.on('request', request => watched.asked.push(request.url()))
  page.on('response', async response => {
    const text = await response.text().catch(() => '')
    watched.received.push(text)
  })
  return watched
}
