import { fileURLToPath } from 'node:url'
import { appFolder } from './app-folder.ts'

/**
 * Makes the page from its sources, in a second or two, in a folder that it empties. Only where the development
 * dependencies are installed.
 */
export async function buildConsole(folder: string = appFolder): Promise<void> {
  const { build, defaultClientConditions } = await import('vite')
  await build({
    configFile: false,
    envDir: false,
    root: fileURLToPath(new URL('page/', import.meta.url)),
    base: './',
    // The packages as they are written: in a fresh checkout nothing is built.
    resolve: { conditions: ['source', ...defaultClientConditions] },
    logLevel: 'warn',
    build: {
      outDir: folder,
      emptyOutDir: true,
      modulePreload: false,
      reportCompressedSize: false,
      rolldownOptions: {
        onLog: (level, log, handle) => {
          // Each of Mantine's files says "use client", which means nothing in a browser.
          if (log.code !== 'MODULE_LEVEL_DIRECTIVE') handle(level, log)
        },
      },
    },
  })
}
