/** Where the expert's key is for as long as the tab is open. */
export interface KeyStore {
  /** A key in the link (`#key=ck_…`) wins, and leaves the address bar at once. */
  read(): string | null
  keep(key: string): void
  forget(): void
}

/** The parts of the browser that are used. */
export interface Tab {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string }
  readonly history: { replaceState(data: unknown, unused: string, url: string): void }
  readonly sessionStorage: {
    getItem(name: string): string | null
    setItem(name: string, value: string): void
    removeItem(name: string): void
  }
}

const name = 'consort-key'

export function openKeyStore(tab: Tab): KeyStore {
  return {
    read: () => {
      const linked = keyInFragment(tab.location.hash)
      if (linked !== null) {
        tab.sessionStorage.setItem(name, linked)
        tab.history.replaceState(null, '', tab.location.pathname + tab.location.search)
      }
      return tab.sessionStorage.getItem(name)
    },
    keep: key => tab.sessionStorage.setItem(name, key),
    forget: () => tab.sessionStorage.removeItem(name),
  }
}

/** `#key=ck_…` → `ck_…` */
export function keyInFragment(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, '')).get('key')?.trim() || null
}
