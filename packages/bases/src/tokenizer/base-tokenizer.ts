/** What `@huggingface/tokenizers` takes: the contents of two files. */
export interface BaseTokenizer {
  /** `tokenizer.json` */
  readonly json: unknown
  /** `tokenizer_config.json`, with the template of a conversation where there is one. */
  readonly config: Readonly<Record<string, unknown>>
}
