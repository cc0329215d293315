type Environment = Readonly<Record<string, string | undefined>>

export function privateCacheFolder(environment?: Environment, user?: number): string | undefined
export function withCompileCache(environment?: NodeJS.ProcessEnv): NodeJS.ProcessEnv
