import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { buildConsole } from '@consort/console/build'
import type { Browser, Page } from 'playwright-core'
import { noBrowser, openBrowser, openPage } from './browser/open-browser.ts'
import { expertKey, openReviewNode } from './browser/review-node.ts'
import { digitCase, heartCase, similarHearts } from './browser/waiting-cases.ts'

/** Pictures of the page, for people to look at. */
const pictures = join(tmpdir(), 'consort-console')
/** Built for this test alone: others may be building the package meanwhile. */
const built = mkdtempSync(join(tmpdir(), 'consort-page-'))
const settings = { skip: noBrowser }
let browser: Browser

before(async () => {
  if (noBrowser !== false) return
  mkdirSync(pictures, { recursive: true })
  await buildConsole(built)
  browser = await openBrowser()
})

after(async () => {
  await browser?.close()
  rmSync(built, { recursive: true, force: true })
})

const linkTo = (url: string): string => `${url}#key=${expertKey}`
const heading = (page: Page, name: string) => page.getByRole('heading', { level: 1, name })
/** To the eye: what is read out says much the same. */
const shown = (page: Page, text: string) => page.locator('.page').getByText(text)
const picture = (page: Page, name: string) =>
  page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })

test('an expert answers by keyboard alone, blind first, then beside the suggestion', settings, async () => {
  await using node = await openReviewNode(built)
  node.add(await digitCase())
  node.add(heartCase)
  const { page, errors, asked, received } = await openPage(browser)
  await page.goto(linkTo(node.url))
  await heading(page, 'What is your judgement?').waitFor()
  assert.equal(page.url(), node.url, 'the key has left the address')
  await page.getByText('2 wait').waitFor()
  assert.equal(await page.title(), '(2) Consort · Review')
  await shown(page, '3 minutes ago').waitFor()
  await picture(page, 'picture-first')

  for (const text of [await page.content(), ...received]) {
    assert.ok(
      !/0\.627|63\s?%|because":\s?\[\{/.test(text),
      'the suggestion is nowhere before the first answer',
    )
  }
  await page.keyboard.press('Enter')
  assert.deepEqual(node.answers, [], 'Enter alone answers nothing')
  await page.keyboard.press('7')
  await shown(page, 'You agree').waitFor()
  await shown(page, '63% sure').waitFor()
  await picture(page, 'picture-agreed')
  await page.keyboard.press('Enter')

  await shown(page, 'Kept: 7').waitFor()
  await page.getByText('1 waits').waitFor()
  await page.getByRole('rowheader', { name: 'resting-ecg' }).waitFor()
  await page.getByText('not recorded').waitFor()
  assert.ok(!/0\.731/.test(received.join()), 'nor that of the next case')
  await picture(page, 'row-first')
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await shown(page, 'You disagree').waitFor()
  await shown(page, 'speaks against present').waitFor()
  await picture(page, 'row-disagreed')
  await page.keyboard.press('2')
  await page.getByRole('button', { name: 'Change to present' }).waitFor()
  assert.deepEqual(node.answers, ['first 7', 'final 7', 'first absent'], 'only Enter is for good')
  await picture(page, 'row-changing')
  await page.keyboard.press('Enter')

  await heading(page, 'Nothing waits for you').waitFor()
  await page.getByText('2 answered by you').waitFor()
  assert.deepEqual(node.answers.slice(2), ['first absent', 'final present'])
  await picture(page, 'empty')
  node.add(heartCase)
  await heading(page, 'What is your judgement?').waitFor()
  assert.deepEqual(errors, [])
  assert.deepEqual(
    asked.filter(url => !url.startsWith(node.url) && !url.startsWith('data:')),
    [],
    'nothing is asked of anybody else',
  )
})

test(
  'similar cases open by keyboard once the first answer is given, and decide nothing',
  settings,
  async () => {
    await using node = await openReviewNode(built)
    const digit = await digitCase()
    node.add({ ...heartCase, nearest: similarHearts })
    node.add({ ...digit, nearest: [{ record: digit.record, label: '1', distance: 0.3 }] })
    const { page, errors, asked } = await openPage(browser)
    await page.goto(linkTo(node.url))
    await heading(page, 'What is your judgement?').waitFor()
    const toggle = page.getByRole('button', { name: 'Similar cases you know' })
    assert.equal(await toggle.count(), 0, 'blind first')
    await page.keyboard.press('1')
    await shown(page, 'You disagree').waitFor()
    const wasAsked = () => asked.some(url => url.endsWith('/nearest'))
    assert.deepEqual([await toggle.getAttribute('aria-expanded'), wasAsked()], ['false', false])
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    const similar = page.getByRole('region', { name: 'Similar cases you know' })
    await similar.getByRole('rowheader', { name: 'chol' }).waitFor()
    assert.deepEqual(node.answers, ['first absent'], 'Enter opened them and answered nothing')
    assert.deepEqual(await similar.getByRole('columnheader').allTextContents(), [
      'Field',
      'absent',
      'present',
      'absent',
    ])
    const bold = await similar.locator('td strong').allTextContents()
    assert.deepEqual(bold.sort(), ['241', '58', 'female', 'normal', 'not recorded'])
    await picture(page, 'row-similar')
    await page.keyboard.press('Enter')
    await similar.getByRole('rowheader', { name: 'chol' }).waitFor({ state: 'hidden' })
    await page.keyboard.press('Shift+Tab')
    await page.keyboard.press('Enter')
    await shown(page, 'Kept: absent').waitFor()
    await page.getByAltText('The picture to judge').waitFor()
    await page.keyboard.press('7')
    await toggle.click()
    await page.getByAltText('A picture labelled 1').waitFor()
    await picture(page, 'picture-similar')
    assert.deepEqual([node.answers.length, errors], [3, []])
  },
)

test('what is read out says the suggestion, the verdict and what is final', settings, async () => {
  await using node = await openReviewNode(built)
  node.add(heartCase)
  const { page } = await openPage(browser)
  await page.goto(linkTo(node.url))
  const status = page.getByRole('status')
  await status.getByText('The answers are absent, present.').waitFor({ state: 'attached' })
  await page.getByRole('button', { name: 'present' }).click()
  const said = status.getByText('The agent suggests present, 73% sure. You agree. This is final.')
  await said.waitFor({ state: 'attached' })
  assert.equal(await page.evaluate('document.activeElement.textContent'), 'Keep presentEnter')
})

test('a case that somebody else takes is said, and the next one comes after a stroke', settings, async () => {
  await using node = await openReviewNode(built)
  const taken = node.add(heartCase)
  node.add(await digitCase())
  const { page, errors } = await openPage(browser)
  await page.goto(linkTo(node.url))
  await page.getByText('chol').waitFor()
  node.closeByAnother(taken, 'absent')
  await page.keyboard.press('1')
  await heading(page, 'Somebody else has taken this case').waitFor()
  await picture(page, 'taken')
  await page.keyboard.press('Enter')
  await page.getByAltText('The picture to judge').waitFor()
  assert.deepEqual([node.answers, errors], [[], []])
})

test('an answer given while the node is away is held and goes out when it is back', settings, async () => {
  await using node = await openReviewNode(built)
  node.add(heartCase)
  const { page, errors } = await openPage(browser)
  await page.goto(linkTo(node.url))
  await page.getByText('chol').waitFor()
  await node.stop()
  await page.keyboard.press('2')
  await shown(page, 'Your answer “present” is held here').waitFor()
  await picture(page, 'away')
  await node.start()
  await shown(page, 'You agree').waitFor()
  assert.equal(await page.locator('.notice-away').count(), 0)
  assert.deepEqual([node.answers, errors], [['first present'], []])
})

test(
  'the page asks for a key, refuses a wrong one and forgets the right one on signing out',
  settings,
  async () => {
    await using node = await openReviewNode(built)
    node.add(heartCase)
    const { page, errors } = await openPage(browser)
    await page.goto(node.url)
    await page.getByText('build, serve and improve models together').waitFor()
    await page.getByRole('button', { name: '中文' }).click()
    await page.getByText('共同训练、应用并持续改进模型').waitFor()
    await page.getByRole('button', { name: 'English' }).click()
    const input = page.getByLabel('Your key')
    await input.fill('ck_wrong')
    await input.press('Enter')
    await page.getByText('This key is not taken here').waitFor()
    assert.equal(await input.inputValue(), 'ck_wrong', 'what was typed stays')
    await picture(page, 'refused')
    await input.fill(expertKey)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await heading(page, 'What is your judgement?').waitFor()
    await page.reload()
    await heading(page, 'What is your judgement?').waitFor()
    await page.getByRole('button', { name: 'Sign out' }).click()
    await input.waitFor()
    assert.equal(await page.evaluate('JSON.stringify(sessionStorage)'), '{}')
    assert.deepEqual(errors, [])
  },
)

test('the page speaks 中文, on a telephone and in the dark', settings, async () => {
  await using node = await openReviewNode(built)
  node.add({ ...heartCase, nearest: similarHearts })
  const { page, errors } = await openPage(browser, {
    locale: 'zh-CN',
    colorScheme: 'dark',
    viewport: { width: 360, height: 740 },
    isMobile: true,
    hasTouch: true,
  })
  await page.goto(linkTo(node.url))
  await heading(page, '您的判断是？').waitFor()
  await page.getByText('未记录').waitFor()
  await page.getByText('3 分钟前').waitFor()
  await picture(page, 'chinese-first')
  await page.getByRole('button', { name: 'absent' }).tap()
  await shown(page, '你们意见不同').waitFor()
  await page.getByRole('button', { name: '您已知的相似案例' }).tap()
  await page.getByText('以粗体显示').waitFor()
  await picture(page, 'chinese-disagreed')
  assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360, 'nothing sticks out')
  assert.equal(await page.evaluate('document.documentElement.lang'), 'zh')
  await page.getByRole('button', { name: 'English' }).tap()
  await shown(page, 'You disagree').waitFor()
  await page.reload()
  await shown(page, 'You disagree').waitFor()
  assert.deepEqual([node.answers, errors], [['first absent'], []])
})

test('fields, values and classes are shown by what was agreed that they mean', settings, async () => {
  await using node = await openReviewNode(built)
  const meaning = (en: string, zh: string) => ({ en, zh })
  node.add({
    ...heartCase,
    schema: {
      dataset: 'heart',
      fields: [
        {
          kind: 'number',
          name: 'max-heart-rate',
          meaning: meaning('highest heart rate', '最大心率'),
          unit: 'bpm',
          min: 40,
          max: 230,
        },
      ],
      label: {
        kind: 'category',
        name: 'disease',
        meaning: meaning('heart disease', '心脏病'),
        codes: [
          { code: 'absent', meaning: meaning('not found', '无') },
          { code: 'present', meaning: meaning('found', '有') },
        ],
      },
    },
  })
  const { page, errors } = await openPage(browser, { locale: 'zh-CN' })
  await page.goto(linkTo(node.url))
  await page.getByRole('rowheader', { name: '最大心率（bpm） max-heart-rate' }).waitFor()
  await page.getByRole('button', { name: '无 absent' }).click()
  await shown(page, '支持 有').first().waitFor()
  await page.getByRole('button', { name: '保留 无' }).waitFor()
  assert.deepEqual([node.answers, errors], [['first absent'], []])
})

test('a node whose page was not built says what to do; headers keep strangers out', settings, async () => {
  const nothing = mkdtempSync(join(tmpdir(), 'consort-unbuilt-'))
  try {
    await using unbuilt = await openReviewNode(nothing)
    const plain = await fetch(unbuilt.url)
    assert.equal(plain.status, 503)
    assert.match(await plain.text(), /npm run build:console/)

    await using node = await openReviewNode(built)
    const page = await fetch(node.url)
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /default-src 'self'; img-src 'self' data:;.*frame-ancestors 'none'/)
    assert.doesNotMatch(policy, /unsafe/)
    assert.equal(page.headers.get('cache-control'), 'no-store')
    const script = /src="\.\/(assets\/[^"]+)"/.exec(await page.text())?.[1]
    const asset = await fetch(node.url + script)
    assert.match(asset.headers.get('cache-control') ?? '', /immutable/)
    assert.equal(asset.headers.get('x-content-type-options'), 'nosniff')
    const missing = await fetch(`${node.url}assets/no.js`)
    assert.match(missing.headers.get('content-type') ?? '', /^application\/problem\+json/)
  } finally {
    rmSync(nothing, { recursive: true, force: true })
  }
})
