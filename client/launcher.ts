#!/usr/lib/bpt-deployer/bin/node
// Starts the packed client beside this file with V8's code cache, made by scripts/pack-client.ts.
// docs/adr/0003-packed-clients.md says what the cache saves.
import { readFileSync } from 'node:fs'
import { Script } from 'node:vm'

const packed = __filename.replace(/\.cjs$/, '.packed')

// One file holds the source and its cache, so that an upgrade cannot mix two versions, which V8 would not notice.
const bytes = readFileSync(packed)
const sourceEnd = 4 + bytes.readUInt32LE()
const source = bytes.toString('latin1', 4, sourceEnd)
const script = new Script(source, { filename: packed, cachedData: bytes.subarray(sourceEnd) })
script.runInThisContext()(require)
