import type { Mutant } from '../mutant.ts'

const store = [{ file: 'packages/bases/src/store/base-store.test.ts' }]
const tensors = [{ file: 'packages/bases/src/files/open-tensors.test.ts' }]
const fetching = [{ file: 'packages/bases/src/hugging-face/fetch-base.test.ts' }]
const adapters = [{ file: 'packages/bases/src/adapters/adapters.test.ts' }]

/** A base is what its digest says, stays while it is read, and an adapter fits it or is refused. */
export const ofBases: readonly Mutant[] = [
  {
    id: 'base-removed-in-use',
    breaks: 'A base is removed while another process reads it.',
    file: 'packages/bases/src/store/base-store.ts',
    find: '        if (!alone)\n',
    replace: '        if (!alone && !folder)\n',
    tests: store,
  },
  {
    id: 'base-record-unchecked',
    breaks: 'A folder passes for a base of another digest.',
    file: 'packages/bases/src/store/base-store.ts',
    find: 'digest === digestSchema.parse(',
    replace: '!!digestSchema.parse(',
    tests: store,
  },
  {
    id: 'base-links-followed',
    breaks: 'A link in a folder brings a file from elsewhere into a base.',
    file: 'packages/bases/src/weights/open-weights-file.ts',
    find: 'constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK',
    replace: 'constants.O_RDONLY | constants.O_NONBLOCK',
    tests: store,
  },
  {
    id: 'base-changes-unseen',
    breaks: 'A file that changes while it is added becomes a base.',
    file: 'packages/bases/src/store/stage-file.ts',
    find: '(await stampOf(handle)) !== before || ',
    replace: '',
    tests: store,
  },
  {
    id: 'tensors-overlap',
    breaks: 'A header that lays tensors over each other is believed.',
    file: 'packages/bases/src/weights/safetensors/read-safetensors.ts',
    find: 'if (from < end) throw',
    replace: 'if (from < 0) throw',
    tests: tensors,
  },
  {
    id: 'heads-stay-paired',
    breaks: 'The q and k of a Llama in GGUF keep the order of their rows.',
    file: 'packages/bases/src/weights/read-tensor.ts',
    find: '(inHead % 2) * (ofHead / 2) + (inHead >> 1)',
    replace: 'inHead',
    tests: tensors,
  },
  {
    id: 'foreign-tensor-ignored',
    breaks: 'A model with a part that is not computed here passes for one without it.',
    file: 'packages/bases/src/weights/matched-tensors.ts',
    find: 'if (other === undefined) return matched',
    replace: 'if (other === undefined || first) return matched',
    tests: tensors,
  },
  {
    id: 'shards-from-anywhere',
    breaks: 'An index of shards names files outside of its folder.',
    file: 'packages/bases/src/weights/safetensors/read-shards.ts',
    find: 'name => !shardName.test(name)',
    replace: "name => name === ''",
    tests: tensors,
  },
  {
    id: 'token-told-elsewhere',
    breaks: 'The token of the hub goes to the hosts that it redirects to.',
    file: 'packages/bases/src/hugging-face/hub-call.ts',
    find: '...(isHome && token &&',
    replace: '...(token &&',
    tests: fetching,
  },
  {
    id: 'fetched-unchecked',
    breaks: 'Other bytes than the hub announced become a base.',
    file: 'packages/bases/src/hugging-face/fetch-file.ts',
    find: "if (hash.digest('hex') === digest) return",
    replace: 'if (digest) return',
    tests: fetching,
  },
  {
    id: 'adapter-in-part',
    breaks: 'An adapter whose layers are not all there is taken.',
    file: 'packages/bases/src/adapters/read-adapter.ts',
    find: 'if (layer.isOptional && !byName',
    replace: 'if (!byName',
    tests: adapters,
  },
  {
    id: 'adapter-of-tomorrow',
    breaks: 'A setting of PEFT that nobody here knows is passed over.',
    file: 'packages/bases/src/adapters/adapter-config.ts',
    find: '(!plainSettings.has(name) && isSaid(file[name])) ||',
    replace: '',
    tests: adapters,
  },
]
