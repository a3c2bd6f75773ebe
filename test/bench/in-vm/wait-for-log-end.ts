// Waits until the end of a log has a text in it, by the kernel's news of the file, and reads no more of it than that end:
// node log-end.ts <log> <text> <bytes>
import { fstatSync, openSync, readSync, watch } from 'node:fs'

const [log = '', text = '', bytes] = process.argv.slice(2)
const end = Buffer.alloc(Number(bytes))
const file = openSync(log, 'r')
watch(log, look)
// What came before the watch is no news to it.
look()

function look() {
  const from = Math.max(0, fstatSync(file).size - end.length)
  if (end.toString('utf8', 0, readSync(file, end, 0, end.length, from)).includes(text)) process.exit()
}
