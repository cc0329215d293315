import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { Refusal } from '@consort/protocol'
import { fileRefusal } from '@consort/records/file-refusal'

export interface ImageFile {
  readonly path: string
  /** The name of the folder it lies in. */
  readonly label: string
}

/**
 * The PNG and JPEG files of a folder with one sub-folder a class, by class and then by name, both in the order
 * of their code units on every machine. Hidden entries are passed over, and files that are no pictures. Whatever
 * could be a picture that someone meant to train on is not: throws `data-unreadable` for pictures in other formats
 * and folders in folders, `label-missing` for pictures outside the class folders.
 */
export async function listImageFiles(folder: string): Promise<ImageFile[]> {
  const { folders: labels, files } = await list(folder)
  const stray = files.find(file => readable.test(file) || unreadable.test(file))
  if (stray !== undefined) {
    throw new Refusal('label-missing', `${join(folder, stray)} lies outside the class folders`, {
      hint: 'Each picture belongs in a folder that is named after its class.',
    })
  }
  if (labels.length === 0) {
    throw new Refusal('data-unreadable', `${folder} holds no class folders`, {
      hint: 'Make one folder for each class, named after it, and put its pictures inside.',
    })
  }
  const classes = await Promise.all(labels.map(label => listClass(join(folder, label), label)))
  return classes.flat()
}

const readable = /\.(png|jpe?g)$/i
const unreadable = /\.(gif|bmp|tiff?|webp|avif|hei[cf]|jp2|jxl|dcm|svg|p[bgpn]m)$/i

async function listClass(folder: string, label: string): Promise<ImageFile[]> {
  const { folders, files } = await list(folder)
  if (folders.length > 0) {
    throw new Refusal('data-unreadable', `${join(folder, folders[0]!)} is a folder inside a class folder`, {
      hint: 'Put the pictures of a class directly into its folder.',
    })
  }
  const foreign = files.find(file => unreadable.test(file))
  if (foreign !== undefined) {
    throw new Refusal('data-unreadable', `${join(folder, foreign)} is neither a PNG nor a JPEG`, {
      hint: 'Convert it to PNG, or take it away if it does not belong here.',
    })
  }
  const images = files.filter(file => readable.test(file))
  if (images.length === 0) {
    throw new Refusal('data-unreadable', `The class folder ${folder} holds no PNG or JPEG files`, {
      hint: 'Add pictures, or remove the folder.',
    })
  }
  return images.map(file => ({ path: join(folder, file), label }))
}

async function list(folder: string): Promise<{ folders: string[]; files: string[] }> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const folders: string[] = []
    const files: string[] = []
    for (const entry of entries.filter(({ name }) => !name.startsWith('.'))) {
      const target = entry.isSymbolicLink() ? await stat(join(folder, entry.name)) : entry
      if (target.isDirectory()) folders.push(entry.name)
      else if (target.isFile()) files.push(entry.name)
    }
    return { folders: folders.sort(), files: files.sort() }
  } catch (error) {
    throw fileRefusal(folder, error)
  }
}
