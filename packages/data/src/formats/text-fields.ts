import { z } from 'zod'

/** Which columns of a file of texts are used. */
export const textColumnFields = {
  /** The column that is to be predicted. */
  label: z.string().min(1).max(200),
  /** The columns that are the text, one after the other. */
  text: z.array(z.string().min(1).max(200)).min(1).max(100),
}

/** A name can stand anywhere in a text, so no copy is de-identified by rule. */
export const textsStay = () => ({
  as: 'nothing' as const,
  why: 'holds texts, in which a name can stand anywhere',
  hint: 'No rule takes names out of a text: copy the file by hand if it may leave.',
})
