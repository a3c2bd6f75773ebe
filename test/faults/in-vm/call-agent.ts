// Calls one method of the agent, over a connection of its own.
import { connect } from 'node:net'

const socketPath = '/run/bpt-deployer.sock'
const answerTimeoutMs = 5_000

export function callAgent<T>(method: string, params: object = {}): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let text = ''
  const connection = connect(socketPath, () =>
    connection.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`),
  )
  connection.setTimeout(answerTimeoutMs, () =>
    connection.destroy(new Error(`no answer to ${method} in ${answerTimeoutMs} ms`)),
  )
  connection.setEncoding('utf8').on('data', (part: string) => {
    text += part
    if (!part.includes('\n')) return
    const { result, error } = JSON.parse(text)
    if (error) reject(new Error(JSON.stringify(error)))
    else resolve(result)
    connection.destroy()
  })
  connection.on('error', reject)
  connection.on('close', () => reject(new Error('the agent closed the connection')))
  return promise
}
