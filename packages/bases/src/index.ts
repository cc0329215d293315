export type { BaseTensor, Dtype, OpenBase, TensorPlace } from './base.ts'
export { type BaseConfig, baseConfigSchema, type ConfigOf, type Family } from './config/base-config.ts'
export { type LayoutTensor, layoutOfBase } from './config/layout-of-base.ts'
export { readConfig } from './config/read-config.ts'
