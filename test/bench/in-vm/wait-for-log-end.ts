// Waits until the end of a log includes a text: node wait-for-log-end.ts LOG TEXT BYTES. It watches the file and reads only
// its last bytes, so that it takes little CPU time from the agent that is measured.
import { fstatSync, openSync, readSync, watch } from 'node:fs'

const [log = '', text = '', bytes] = process.argv.slice(2)
const end = Buffer.alloc(Number(bytes))
const file = openSync(log, 'r')
watch(log, exitIfFound)
// Look once more: the watch does not report what was written before it.
exitIfFound()

function exitIfFound() {
  const position = Math.max(0, fstatSync(file).size - end.length)
  if (end.toString('utf8', 0, readSync(file, end, 0, end.length, position)).includes(text)) process.exit()
}
