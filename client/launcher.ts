#!/usr/lib/bpt-deployer/bin/node
// Starts the client packed beside it, with the code that V8 made of it when it was built: compiled anew it takes longer
// than all that it does.
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'

const packed = __filename.replace(/\.cjs$/, '.packed')

// Source and code are one file, so that an upgrade cannot part them: V8 does not notice when they do not fit.
const bytes = readFileSync(packed)
const end = 4 + bytes.readUInt32LE()
const script = new Script(bytes.toString('latin1', 4, end), { filename: packed, cachedData: bytes.subarray(end) })
script.runInThisContext()(require)
