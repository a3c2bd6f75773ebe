// The README speaks of scripts, commands, keys and files that exist.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { parse } from 'smol-toml'
import about from '../../../package.json' with { type: 'json' }

const readme = readFileSync('README.md', 'utf8')

describe('the README', () => {
  it('names scripts of package.json', () => {
    for (const name of found(/\bnpm run (?:-s )?([\w-]+)/g)) assert.ok(name in about.scripts, `npm run ${name}`)
  })

  it('names commands and options of bptctl', () => {
    const main = readFileSync('client/main.ts', 'utf8')
    for (const name of found(/\bbptctl ([a-z]+)/g)) assert.ok(main.includes(`.command('${name}')`), `bptctl ${name}`)
    for (const line of found(/^(bptctl .*?)(?: {2}|$)/gm))
      for (const [option] of line.matchAll(/(?<= )--?[a-z-]+/g))
        assert.match(main, new RegExp(`\\.option\\('.*${option}\\b`), line)
  })

  it('names every key of the configuration with its default', () => {
    const told = Object.fromEntries(
      [...readme.matchAll(/^\| `([a-z._]+)` \| (.*?) \|/gm)].map(([, key = '', usual = '']) => [key, unquoted(usual)]),
    )
    assert.deepEqual(told, { ...shipped(), 'stack.file': 'as compose finds it', 'swap.path': 'none' })
  })

  it('links to files that exist', () => {
    for (const path of found(/\]\(([^):]+)\)/g)) assert.ok(existsSync(path), path)
  })
})

function found(pattern: RegExp): string[] {
  return [...readme.matchAll(pattern)].map(([, text = '']) => text)
}

function unquoted(text: string): string {
  return text.replaceAll('`', '')
}

/** The keys of the template, in which every value is the default. */
function shipped(): Record<string, string> {
  const template = readFileSync('systemd/bpt-deployer.toml', 'utf8').replace(/^# (?=\[|[a-z_]+ =)/gm, '')
  return Object.fromEntries(flat(parse(template), ''))
}

function flat(table: object, above: string): [string, string][] {
  return Object.entries(table).flatMap(([key, value]): [string, string][] =>
    typeof value === 'object' ? flat(value, `${above}${key}.`) : [[above + key, String(value)]],
  )
}
