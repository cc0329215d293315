// Receives webhooks on a free port of this machine: its address on the first line, then each delivery on one.
import { createServer } from 'node:http'

const server = createServer((request, response) => {
  let body = ''
  request.on('data', part => (body += part))
  request.on('end', () => {
    response.writeHead(204).end()
    console.log(JSON.stringify({ headers: request.headers, body }))
  })
})
server.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ url: `http://127.0.0.1:${server.address().port}/` })),
)
