export { type HubConfig, readHubConfig } from './config.ts'
export { type Hub, type HubParts, openHub } from './hub.ts'
export { hubSchemas } from './tables/hub-schema.ts'
