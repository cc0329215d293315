// The physician: answers what waits, by keyboard, in Chromium. Prints how many it answered.
import { readFileSync } from 'node:fs'
import { chromium } from 'playwright-core'

const { link, keys, picture } = JSON.parse(readFileSync(0, 'utf8')) as {
  link: string
  keys: string[]
  picture: string
}
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium' })
try {
  const context = await browser.newContext({ locale: 'en-GB', reducedMotion: 'reduce' })
  const page = await context.newPage()
  const answers: string[] = []
  page.on('response', async response => answers.push(await response.text().catch(() => '')))
  await page.goto(link)
  const heading = (name: string) => page.getByRole('heading', { level: 1, name })
  let early = 0
  let reasons: string[] = []
  const verdict = page.locator('.page').getByText(/You (dis)?agree/)
  for (const [index, key] of keys.entries()) {
    await verdict.waitFor({ state: 'hidden' })
    await heading('What is your judgement?').waitFor()
    if (index === 0) early = answers.filter(text => /"suggestion":\s*\{/.test(text)).length
    // A stroke that comes while the next case is still loading is for nobody.
    while (!(await verdict.isVisible())) {
      await page.keyboard.press(key)
      await verdict.waitFor({ timeout: 1000 }).catch(() => {})
    }
    if (index === 0) {
      reasons = await page.locator('.reasons li strong').allTextContents()
      await page.screenshot({ path: picture, fullPage: true })
    }
    await page.keyboard.press('Enter')
  }
  await heading('Nothing waits for you').waitFor()
  console.log(JSON.stringify({ answered: keys.length, early, reasons }))
} finally {
  await browser.close()
}
