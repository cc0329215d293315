import type { z } from 'zod'
import type { AskedKind, CaseKind } from './case-kind.ts'
import type { DataKind } from './data-kind.ts'
import type { InputKind, KindTypes } from './input-kind.ts'
import type { InputTensors } from './input-tensors.ts'

/** The types of one kind, by its schemas. */
type TypesOf<
  Input extends z.ZodType<{ kind: string }>,
  Contents extends z.ZodType,
  Asked extends z.ZodType<{ kind: string }>,
  Data,
> = KindTypes<z.output<Input>, z.output<Contents>, z.output<Asked>, Data>

/** All that there is to one sort of record. */
export interface RecordKind<
  Input extends z.ZodType<{ kind: string }>,
  Contents extends z.ZodType,
  Asked extends z.ZodType<{ kind: string }>,
  Data,
> extends InputKind<Input, Contents, Asked> {
  /** What is done with a whole data set in memory. */
  readonly data: DataKind<TypesOf<Input, Contents, Asked, Data>>
  /** What is done with one record, as far as it needs no Node. */
  readonly asked: AskedKind<TypesOf<Input, Contents, Asked, Data>>
  /**
   * What is done with one record and may need Node or a library, such as decoding a picture. Loaded when it is first
   * used, by a name that begins with `#kinds/`: under it, a page in a browser is given nothing (`package.json`).
   */
  readonly loadCases: () => Promise<{ readonly cases: CaseKind<TypesOf<Input, Contents, Asked, Data>> }>
  /** How Open Inference sends such records. Loaded likewise. */
  readonly loadTensors: () => Promise<{ readonly tensors: InputTensors<z.output<Input>, z.output<Asked>> }>
}

/** A kind whose parts fit its own schemas. */
export function recordKind<
  Input extends z.ZodType<{ kind: string }>,
  Contents extends z.ZodType,
  Asked extends z.ZodType<{ kind: string }>,
  Data extends { readonly kind: z.output<Input>['kind']; readonly count: number },
>(made: RecordKind<Input, Contents, Asked, Data>): RecordKind<Input, Contents, Asked, Data> {
  return made
}
