import type { BaseRecord } from '@consort/bases'

/** The words of `consort base …`. */
export interface BaseWords {
  readonly about: Readonly<Record<'base' | 'add' | 'list' | 'show' | 'verify' | 'remove', string>>
  readonly option: Readonly<Record<'name' | 'licence' | 'limit', string>>
  readonly word: Readonly<
    Record<'name' | 'family' | 'parameters' | 'size' | 'licence' | 'digest' | 'file' | 'says', string>
  >
  readonly licenceFrom: Readonly<Record<BaseRecord['licence']['from'], string>>
  readonly asks: (host: string) => string
  readonly progress: (file: string, done: string) => string
  readonly added: (name: string) => string
  readonly wasThere: (name: string) => string
  readonly notFinite: (tensors: readonly string[]) => string
  readonly unreadable: (folder: string) => string
  readonly verified: (name: string) => string
  readonly removed: (name: string) => string
}

const some = (tensors: readonly string[], comma: string): string =>
  `${tensors.slice(0, 3).join(comma)}${tensors.length > 3 ? ' …' : ''}`

export const baseWords: Readonly<Record<'en' | 'zh', BaseWords>> = {
  en: {
    about: {
      base: 'base models of this node; they never travel',
      add: 'Add a base model from a folder, a GGUF file, or hf:NAME of the Hugging Face hub',
      list: 'List the base models of this node',
      show: 'Show one base model and its files',
      verify: 'Read every byte of a base model, and compare it with what was added',
      remove: 'Remove a base model that nobody uses',
    },
    option: {
      name: 'what to call it here (default: the name of the folder, the file or the model)',
      licence: 'under which licence it may be used, where the model does not say so itself',
      limit: 'the most GiB to fetch (default 16)',
    },
    word: {
      name: 'name',
      family: 'family',
      parameters: 'parameters',
      size: 'size',
      licence: 'licence',
      digest: 'digest',
      file: 'file',
      says: 'says',
    },
    licenceFrom: {
      operator: 'the operator',
      'model card': 'the model card',
      'licence file': 'its licence file',
      gguf: 'the GGUF file',
    },
    asks: host => `Asking ${host}; what is fetched stays on this machine.`,
    progress: (file, done) => `${file}: ${done}`,
    added: name => `Added ${name}. It stays on this machine; what travels is the adapter.`,
    wasThere: name => `${name} was here already; nothing has changed.`,
    notFinite: tensors =>
      `These weights hold numbers that are not finite, so what is computed with them may not be either: ${some(tensors, ', ')}`,
    unreadable: folder =>
      `bases/${folder} holds no base that this version can read: remove the folder, and add the base again.`,
    verified: name => `Every byte of ${name} is as it was added.`,
    removed: name => `Removed ${name}.`,
  },
  zh: {
    about: {
      base: '本节点的基座模型；从不传输',
      add: '添加基座模型：文件夹、GGUF 文件，或 Hugging Face hub 上的 hf:NAME',
      list: '列出本节点的基座模型',
      show: '显示一个基座模型及其文件',
      verify: '逐字节读取基座模型，并与添加时比对',
      remove: '删除无人使用的基座模型',
    },
    option: {
      name: '在本节点的名称（默认取文件夹、文件或模型的名称）',
      licence: '使用许可；模型自身未说明时填写',
      limit: '最多下载多少 GiB（默认 16）',
    },
    word: {
      name: '名称',
      family: '模型族',
      parameters: '参数量',
      size: '大小',
      licence: '许可',
      digest: '哈希值',
      file: '文件',
      says: '出处',
    },
    licenceFrom: {
      operator: '管理员填写',
      'model card': '模型卡片',
      'licence file': '许可文件',
      gguf: 'GGUF 文件',
    },
    asks: host => `正在访问 ${host}；下载的内容只留在本机。`,
    progress: (file, done) => `${file}：${done}`,
    added: name => `已添加 ${name}。它留在本机；来回传输的只有适配器。`,
    wasThere: name => `${name} 已存在，没有变化。`,
    notFinite: tensors => `这些权重含有非有限数值，计算结果也可能如此：${some(tensors, '、')}`,
    unreadable: folder => `bases/${folder} 中没有本版本能读取的基座模型：请删除该文件夹并重新添加。`,
    verified: name => `${name} 的每个字节都与添加时一致。`,
    removed: name => `已删除 ${name}。`,
  },
}
