// One call of the node's own API, as a program with a key would make it. Prints status and body.
import { readFileSync } from 'node:fs'

const { node, key, method, path, body } = JSON.parse(readFileSync(0, 'utf8'))
const { url } = JSON.parse(readFileSync(node, 'utf8'))
const response = await fetch(url + path, {
  method,
  headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
  ...(body && { body: JSON.stringify(body) }),
})
console.log(JSON.stringify({ status: response.status, body: await response.json() }))
