/** The little of the WebAssembly interface that is used; Node's types leave it to the DOM library. */
declare global {
  namespace WebAssembly {
    class Memory {
      constructor(limits: { initial: number; maximum: number })
      readonly buffer: ArrayBuffer
    }
    class Module {
      constructor(bytes: Uint8Array<ArrayBuffer>)
    }
    class Instance {
      constructor(module: Module, imports: { env: { memory: Memory } })
      readonly exports: Readonly<Record<string, unknown>>
    }
  }
}

export {}
