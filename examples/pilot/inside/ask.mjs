// The hospital's own application: asks the agent about each patient, and prints what it says.
import { readFileSync } from 'node:fs'

const { url, key, agent, records, webhook, prefix } = JSON.parse(readFileSync(0, 'utf8'))
const answers = []
for (const [index, cells] of records.entries()) {
  const response = await fetch(`${url}/v1/agents/${agent}/cases`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      record: { kind: 'row', cells },
      idempotencyKey: `${prefix}-${String(index).padStart(6, '0')}`,
      ...(webhook && { webhook }),
    }),
  })
  answers.push({ status: response.status, body: await response.json() })
}
console.log(JSON.stringify(answers))
