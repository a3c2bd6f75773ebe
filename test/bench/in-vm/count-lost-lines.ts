// What of a loud build is in its log, and from when to when it was printed: node lines-lost.ts <log> <lines> <bytes of one>
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const [file = '', many, bytes] = process.argv.slice(2)
const width = Number(bytes) - 1
let pieces = ''
let reached = 0
let found = 0
let first = ''
let last = ''
// BuildKit may break a line in two; the pieces stand in their order.
for await (const line of createInterface({ input: createReadStream(file) })) {
  const [, time, piece] = /^(\d\d:\d\d:\d\d\.\d{3}) +#\d+ [\d.]+ ([loud 0-9]+)$/.exec(line) ?? []
  if (time === undefined || piece === undefined) continue
  first ||= time
  last = time
  pieces += piece
  while (pieces.length >= width) {
    const [whole, a, b] = /^loud (\d{8}) 0*(\d+)/.exec(pieces.slice(0, width)) ?? []
    const next = whole?.length === width && Number(a) === Number(b) && Number(a) > reached
    if (next) {
      reached = Number(a)
      found++
    }
    pieces = next ? pieces.slice(width) : pieces.slice(Math.max(1, pieces.indexOf('loud', 1)))
  }
}
const ms = (time: string) => Date.parse(`1970-01-01T${time}Z`)
const day = 86_400_000
console.log(JSON.stringify({ lost: Number(many) - found, ms: (ms(last) - ms(first) + day) % day }))
