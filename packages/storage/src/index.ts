export type { BlobStore, ExpectedBlob } from './blobs/blob-store.ts'
export { openLocalBlobs } from './blobs/local-blobs.ts'
export { type BlobsPlace, openBlobs, parseBlobsPlace } from './blobs/open-blobs.ts'
export { checkReadable } from './database/check-readable.ts'
export type { DatabaseOptions } from './database/database-options.ts'
export {
  appendEvent,
  type EventTables,
  entriesAfter,
  eventSchema,
  type LogOwner,
} from './database/event-log.ts'
export { type CommitAll, createGroupCommit, type GroupCommit } from './database/group-commit.ts'
export { type Json, type JsonColumn, jsonColumn } from './database/json-column.ts'
export { type LateSync, openLateSync } from './database/late-sync.ts'
export { migrate } from './database/migrate.ts'
export { type Moved, moveDatabase } from './database/move/move-database.ts'
export {
  type DatabasePlace,
  databasePlace,
  openDatabase,
  parseDatabaseUrl,
} from './database/open-database.ts'
export { openForReading } from './database/open-for-reading.ts'
export { openTables } from './database/open-tables.ts'
export { isDatabaseAway } from './database/postgres/is-database-away.ts'
export type { Migration, MigrationDatabase, SchemaOwner } from './database/schema-owner.ts'
export { openSqlite } from './database/sqlite.ts'
export { type DataDirectory, openDataDirectory } from './directory/data-directory.ts'
export { endOnTaken, type OnTaken } from './directory/end-on-taken.ts'
export { openKey } from './directory/open-key.ts'
export { readDurably, writeDurably } from './files/durable-write.ts'
export { hasCode } from './files/error-code.ts'
export { endOnFailedSync, type OnFailedSync, watchSyncs } from './files/failed-sync.ts'
export type { FileSystem, WritableFile } from './files/file-system.ts'
export { localFiles } from './files/local-files.ts'
export { archivedEntriesAfter, type LogPlace, readLog } from './log/read-log.ts'
export { sealLog } from './log/seal-log.ts'
export { readSegmentFile, segmentElsewhere, segmentScope } from './log/segment-file.ts'
export { type LogSegment, lastSegment, segmentsSince } from './log/segment-store.ts'
export { refusalOfFault } from './refusal-of-fault.ts'
export { openReplicas } from './replicas/open-replicas.ts'
export type { Replicas } from './replicas/replicas.ts'
export {
  type KeepSetting,
  type KeptDays,
  parseKeptDays,
  type Words,
} from './retention/keep-setting.ts'
export { measureFolder } from './retention/measure-folder.ts'
export { measureTables } from './retention/measure-tables.ts'
export { archivedLogRetention, logKeepSetting, ownTableRetention } from './retention/own-retention.ts'
export { lastSweep, type RetentionTables, retentionSchema } from './retention/sweep-store.ts'
export { rowsAtOnce, type SweepRows, startSweeper } from './retention/sweeper.ts'
export type { Retention, TableRetention } from './retention/table-retention.ts'
