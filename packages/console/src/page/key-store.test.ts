import assert from 'node:assert/strict'
import test from 'node:test'
import { keyInFragment, openKeyStore, type Tab } from './key-store.ts'

function tabAt(hash: string): Tab & { addresses: string[] } {
  const kept = new Map<string, string>()
  const addresses: string[] = []
  const location = { hash, pathname: '/desk/', search: '?a=1' }
  return {
    addresses,
    location,
    history: {
      replaceState: (_data, _unused, url) => {
        addresses.push(url)
        location.hash = ''
      },
    },
    sessionStorage: {
      getItem: name => kept.get(name) ?? null,
      setItem: (name, value) => kept.set(name, value),
      removeItem: name => kept.delete(name),
    },
  }
}

test('the key of the link is kept and leaves the address', () => {
  const tab = tabAt('#key=ck_abc')
  const keys = openKeyStore(tab)
  assert.equal(keys.read(), 'ck_abc')
  assert.deepEqual(tab.addresses, ['/desk/?a=1'])
  keys.forget()
  assert.equal(keys.read(), null)
})

test('without a key in the link the address stays', () => {
  const tab = tabAt('#elsewhere')
  assert.equal(openKeyStore(tab).read(), null)
  assert.deepEqual(tab.addresses, [])
  assert.equal(keyInFragment('#key='), null)
})
