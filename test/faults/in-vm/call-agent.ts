// One call of the agent's socket, each over a connection of its own.
import { connect } from 'node:net'

const socket = '/run/bpt-deployer.sock'
const patience = 5_000

export function ask<T>(method: string, params: object = {}): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>()
  let text = ''
  const connection = connect(socket, () =>
    connection.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`),
  )
  connection.setTimeout(patience, () => connection.destroy(new Error(`no answer to ${method} in ${patience} ms`)))
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
