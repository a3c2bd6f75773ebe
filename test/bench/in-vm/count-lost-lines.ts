// Counts the lines of a loud build that its log lacks, and measures how long the build printed:
// node count-lost-lines.ts LOG LINES BYTES-OF-A-LINE prints {"lost", "printMs"}.
import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'

const [file = '', lineCount, lineBytes] = process.argv.slice(2)
const width = Number(lineBytes) - 1
/** Text without line ends: BuildKit may break a line in two, but keeps the order of the pieces. */
let text = ''
let lastNumber = 0
let foundCount = 0
let firstTime = ''
let lastTime = ''
for await (const line of createInterface({ input: createReadStream(file) })) {
  const [, time, piece] = /^(\d\d:\d\d:\d\d\.\d{3}) +#\d+ [\d.]+ ([loud 0-9]+)$/.exec(line) ?? []
  if (time === undefined || piece === undefined) continue
  firstTime ||= time
  lastTime = time
  text += piece
  while (text.length >= width) {
    const [loudLine, number, repeated] = /^loud (\d{8}) 0*(\d+)/.exec(text.slice(0, width)) ?? []
    const isWhole = loudLine?.length === width && Number(number) === Number(repeated)
    const isNext = isWhole && Number(number) > lastNumber
    if (isNext) {
      lastNumber = Number(number)
      foundCount++
    }
    text = isNext ? text.slice(width) : text.slice(Math.max(1, text.indexOf('loud', 1)))
  }
}
const toMs = (time: string) => Date.parse(`1970-01-01T${time}Z`)
const dayMs = 86_400_000
const printMs = (toMs(lastTime) - toMs(firstTime) + dayMs) % dayMs
console.log(JSON.stringify({ lost: Number(lineCount) - foundCount, printMs }))
