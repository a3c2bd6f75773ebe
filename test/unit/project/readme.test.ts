// The README names the commands and options of bptctl, and the configuration keys with their defaults.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'smol-toml'

const readme = readFileSync('README.md', 'utf8')

describe('the README', () => {
  it('names commands and options of bptctl', () => {
    const main = readFileSync('client/main.ts', 'utf8')
    for (const name of firstGroups(/\bbptctl ([a-z]+)/g))
      assert.ok(
        main.includes(`.command('${name}')`),
        `README.md names bptctl ${name}, which client/main.ts does not have`,
      )
    for (const line of firstGroups(/^(bptctl .*?)(?: {2}|$)/gm))
      for (const [option] of line.matchAll(/(?<= )--?[a-z-]+/g))
        assert.ok(
          new RegExp(`\\.option\\('.*${option}\\b`).test(main),
          `README.md names the option ${option}, which client/main.ts does not have: ${line}`,
        )
  })

  it('names every key of the configuration with its default', () => {
    const rows = [...readme.matchAll(/^\| `([a-z._]+)` \| (.*?) \|/gm)]
    const documented = Object.fromEntries(rows.map(([, key = '', value = '']) => [key, value.replaceAll('`', '')]))
    const withoutDefault = { 'stack.file': 'as compose finds it', 'swap.path': 'none' }
    const contents = { 'source.submodules': 'refuse', 'source.lfs': 'refuse' }
    const defaults = { ...templateDefaults(), ...withoutDefault, ...contents }
    for (const key of Object.keys(defaults))
      assert.ok(key in documented, `\`${key}\` is missing in the table of README.md`)
    for (const key of Object.keys(documented))
      assert.ok(key in defaults, `\`${key}\` of README.md is missing in systemd/bpt-deployer.toml`)
    assert.deepEqual(documented, defaults)
  })
})

/** Gives the first groups of all matches. */
function firstGroups(pattern: RegExp): string[] {
  return [...readme.matchAll(pattern)].map(([, text = '']) => text)
}

/** Reads the keys of the template, in which every value is the default. */
function templateDefaults(): Record<string, string> {
  const template = readFileSync('systemd/bpt-deployer.toml', 'utf8').replace(/^# (?=\[|[a-z_]+ =)/gm, '')
  return Object.fromEntries(flattenKeys(parse(template), ''))
}

function flattenKeys(table: object, prefix: string): [string, string][] {
  return Object.entries(table).flatMap(([key, value]): [string, string][] =>
    typeof value === 'object' ? flattenKeys(value, `${prefix}${key}.`) : [[prefix + key, String(value)]],
  )
}
