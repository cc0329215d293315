// Receives webhooks on a free port of this machine: its address on the first line, then each delivery on one. The first that
// comes is lost: nobody answers, and nobody has it.
import { createServer } from 'node:http'

let lost = 0
const server = createServer((request, response) => {
  let body = ''
  request.on('data', part => (body += part))
  request.on('end', () => {
    if (lost++ === 0) {
      console.log(JSON.stringify({ lost: request.headers['webhook-id'] }))
      response.destroy()
      return
    }
    response.writeHead(204).end()
    console.log(JSON.stringify({ headers: request.headers, body }))
  })
})
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/` })),
)
