import { resolve } from 'node:path'
import type { FileSystem } from '../files/file-system.ts'
import type { BlobStore } from './blob-store.ts'
import { openLocalBlobs } from './local-blobs.ts'
import { openS3Blobs } from './s3/s3-blobs.ts'
import { parseS3Place, type S3Place } from './s3/s3-place.ts'

/** Where blobs lie: in a folder, or in a bucket. */
export type BlobsPlace = { readonly folder: string } | { readonly s3: S3Place }

/**
 * Reads the setting `CONSORT_BLOBS`: the path of a folder, or the URL of a bucket, whose keys are in the usual
 * variables; undefined where it is not set. Throws as `parseS3Place` does.
 */
export function parseBlobsPlace(
  setting: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): BlobsPlace | undefined {
  if (setting === undefined || setting === '') return undefined
  return /^\w+:\/\//.test(setting) ? { s3: parseS3Place(setting, environment) } : { folder: resolve(setting) }
}

/** Opens the blobs of a place. Throws as `openS3Blobs` does. */
export async function openBlobs(files: FileSystem, place: BlobsPlace): Promise<BlobStore> {
  return 's3' in place ? await openS3Blobs(place.s3) : openLocalBlobs(files, place.folder)
}
