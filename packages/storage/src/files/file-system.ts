/**
 * The file operations that durability rests on, as a port: the local disk is one adapter, the simulation of a disk
 * that forgets what was not synced is another.
 */
export interface FileSystem {
  /** Opens a new, empty file for writing, replacing one that is there. */
  create(path: string): Promise<WritableFile>
  /** The whole file, in the beginning of `into` where given: large readers reuse their memory. */
  read(path: string, into?: Uint8Array): Promise<Uint8Array>
  /** The file in pieces, opened when the first is asked for and closed when no more are. */
  stream(path: string): AsyncIterable<Uint8Array>
  /** Bytes, or undefined when there is no such file. */
  size(path: string): Promise<number | undefined>
  rename(from: string, to: string): Promise<void>
  /** Removes a file or a directory with all it holds; fine when there is none. */
  remove(path: string): Promise<void>
  /** Makes a directory and those above it; fine when it exists. Returns the topmost that was new. */
  makeDirectory(path: string): Promise<string | undefined>
  /** Names in a directory; none when it does not exist. */
  list(path: string): Promise<string[]>
  /** Makes what was created, renamed or removed in a directory survive a loss of power. */
  syncDirectory(path: string): Promise<void>
}

export interface WritableFile {
  write(bytes: Uint8Array): Promise<void>
  /** Makes the content survive a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}
