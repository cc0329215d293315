import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import {
  agreementSchema,
  type Digest,
  digestSchema,
  documentSignatureHolds,
  type PublicKey,
  parseKeyPair,
  publicKeySchema,
  rosterSchema,
  type Statement,
  statementSchema,
} from '@consort/protocol'
import { z } from 'zod'
import { wholeLog } from '../whole-log.ts'
import type { Ended } from './invariants.ts'
import { preparedKey } from './prepared.ts'

const schemas = { roster: rosterSchema, agreement: agreementSchema, statement: statementSchema }
const rowSchema = z.object({
  digest: digestSchema,
  kind: z.enum(['roster', 'agreement', 'statement']),
  document: z.string(),
  key: publicKeySchema,
  signature: z.string(),
})
/** What a node's log says of a signature of its own; the other entries are none. */
const entrySchema = z.object({
  kind: z.enum(['roster-signed', 'agreement-signed', 'statement-signed']),
  body: z.object({
    version: z.int().optional(),
    roster: digestSchema.optional(),
    agreement: digestSchema.optional(),
    statement: digestSchema.optional(),
  }),
})

/**
 * Each signature that somebody was shown is at the hub and holds, and stands in the log of the node that made it. No
 * node signs two agreements under one number, nor a statement of a month that counts less than one that it signed.
 */
export function checkSignatures({ machines, people, prepared, onWrong }: Ended): void {
  const kept = keptSignatures(join(machines.get('hub')!.root, 'hub.sqlite'))
  const logged = new Map<PublicKey, Set<string>>()
  for (const { name, root } of machines.values()) {
    if (name === 'hub') continue
    const { publicKey } = parseKeyPair(preparedKey(prepared, name, 'node.key'))
    const entries = signedEntries(join(root, 'node.sqlite'))
    logged.set(publicKey, new Set(entries.map(({ document }) => document)))
    checkContradictions(entries, { name, statements: kept.statements, onWrong })
  }
  for (const { kind, document, key } of people.acknowledged.signatures) {
    const held = kept.signatures.get(`${document} ${key}`)
    if (held === undefined) onWrong(`a signature of the ${kind} ${document} was shown and is lost`)
    if (held === false) onWrong(`a signature of the ${kind} ${document} was shown and does not hold`)
    if (logged.get(key)?.has(document) === false)
      onWrong(`a ${kind} was signed and its node's log does not say so: ${document}`)
  }
}

interface Kept {
  /** By document and key, whether it holds. */
  readonly signatures: ReadonlyMap<string, boolean>
  readonly statements: ReadonlyMap<string, Statement>
}

function keptSignatures(path: string): Kept {
  const database = new DatabaseSync(path, { readOnly: true })
  const rows = database
    .prepare(
      'select kind, digest, document, key, signature from countersigned join countersignature using (digest)',
    )
    .all()
  database.close()
  const signatures = new Map<string, boolean>()
  const statements = new Map<string, Statement>()
  for (const row of rows) {
    const { digest, kind, document: text, ...signature } = rowSchema.parse(row)
    const document = schemas[kind].parse(JSON.parse(text))
    if (document.kind === 'statement') statements.set(digest, document)
    signatures.set(`${digest} ${signature.key}`, documentSignatureHolds(document, signature))
  }
  return { signatures, statements }
}

interface OwnSignature {
  readonly kind: z.infer<typeof entrySchema>['kind']
  readonly version: number | undefined
  readonly document: Digest
}

function signedEntries(path: string): OwnSignature[] {
  return wholeLog(path).flatMap(text => {
    const entry = entrySchema.safeParse(JSON.parse(text)).data
    if (!entry) return []
    const { version, roster, agreement, statement } = entry.body
    const document = roster ?? agreement ?? statement
    return document ? [{ kind: entry.kind, version, document }] : []
  })
}

function checkContradictions(
  entries: readonly OwnSignature[],
  { name, statements, onWrong }: { name: string; statements: Kept['statements']; onWrong: Ended['onWrong'] },
): void {
  const texts = new Map<number, Digest>()
  const counted = new Map<string, number>()
  for (const { kind, version, document } of entries) {
    if (kind === 'agreement-signed') {
      if ((texts.get(version!) ?? document) !== document)
        onWrong(`${name} signs two agreements as version ${version}`)
      texts.set(version!, document)
    }
    const { lines = [], agreement, month } = statements.get(document) ?? {}
    for (const { member, answers } of lines) {
      const line = `${member} ${agreement} ${month}`
      if (answers < (counted.get(line) ?? 0))
        onWrong(`${name} signs a statement with fewer answers than one that it signed before`)
      counted.set(line, answers)
    }
  }
}
