// Reads the configuration file. Every key is optional, and all mistakes of a file are reported at once.
import { readFileSync } from 'node:fs'
import { parse, TomlError } from 'smol-toml'
import * as v from 'valibot'
import { syntaxProblem, unreadableConfig, wrongKeys } from './config-problem.ts'
import { swapTable } from './config-swap.ts'
import { count, name, path, seconds, table } from './config-values.ts'
import { type LimitKey, stepLimits } from './protocol/steps.ts'

export const defaultConfigFile = '/etc/bpt-deployer.toml'

/** The limit of each step, by its key and default in the table of steps. */
const stepLimitEntries = Object.fromEntries(
  stepLimits.map(({ limitKey, defaultSeconds }) => [limitKey, seconds(defaultSeconds)]),
) as Record<LimitKey, ReturnType<typeof seconds>>

const fileName = v.pipe(v.string(), v.nonEmpty('must not be empty'))

const schema = table({
  /** Socket of the agent, for clients; the agent opens it itself if systemd does not pass it. */
  socket: path('/run/bpt-deployer.sock'),
  /** Folder of the agent's database and temporary files. */
  state: path('/var/lib/bpt-deployer'),
  user: name('bpt-deployer'),
  /** Members of this group may deploy and read logs. */
  group: name('bpt'),
  source: v.optional(
    table({
      repository: path('/bpt/production/code'),
      /** Pushes to this branch are deployed. */
      branch: v.optional(
        v.pipe(v.string(), v.regex(/^[^\s~^:?*[\\-][^\s~^:?*[\\]*$/, 'must be a branch name')),
        'main',
      ),
      /** True if the agent, when it starts, deploys a push that it missed. */
      catch_up: v.optional(v.boolean(), true),
      /** True to fetch contents that git does not hold, false to leave them out; by default they are refused. */
      submodules: v.optional(v.boolean()),
      lfs: v.optional(v.boolean()),
    }),
    {},
  ),
  stack: v.optional(
    table({
      /** Compose files, relative to the repository. Without them compose finds its files itself. */
      file: v.optional(
        v.pipe(
          v.union([fileName, v.array(fileName)]),
          v.transform((files) => [files].flat()),
        ),
        [],
      ),
      logs: path('/bpt/production/build-logs'),
      /** Folder of the stack's database, which `bptctl init` creates, like the link and the network below. */
      database: path('/bpt/production/db-data'),
      script: path('/bpt/production/deploy'),
      network: name('prod-net'),
    }),
    {},
  ),
  /** Seconds that each step of a deploy may take. */
  limits: v.optional(
    table({
      ...stepLimitEntries,
      /** Seconds without output after which the log names a step's last line, its time so far and its usual time. */
      silence: seconds(60),
    }),
    {},
  ),
  /** Replacement of containers. */
  swap: v.optional(swapTable, {}),
  /** Minutes after "live" in which faults are told, 0 for none; and true to deploy the release before again after one. */
  watch: v.optional(table({ minutes: count(5, 1440), restore: v.optional(v.boolean(), false) }), {}),
  /** Limits of what is kept. The live release and the one before it are always kept. */
  keep: v.optional(
    table({
      releases: count(5, 1000),
      logs: count(1000, 1_000_000),
      log_days: count(365, 36_500),
      build_cache_gb: count(10, 10_000),
      /** Megabytes that a deploy must leave free on each file system that it writes to. */
      free_mb: count(500, 1_000_000),
    }),
    {},
  ),
})

export type Config = v.InferOutput<typeof schema>

/**
 * Reads a TOML file; one that does not exist counts as empty unless it was asked for by name.
 * @throws ConfigError naming the file and each wrong key in a line of its own.
 */
export function readConfig(file?: string): Config {
  return checkConfig(readText(file), file ?? defaultConfigFile)
}

/** @throws ConfigError naming each wrong key, with its line, in a line of its own. */
export function checkConfig(text: string, file: string): Config {
  let parsed: unknown
  try {
    parsed = parse(text)
  } catch (thrown) {
    throw thrown instanceof TomlError ? syntaxProblem(file, thrown) : thrown
  }
  const result = v.safeParse(schema, parsed)
  if (result.success) return freezeDeep(result.output)
  throw wrongKeys(file, text, result.issues, schema)
}

function readText(file: string | undefined): string {
  try {
    return readFileSync(file ?? defaultConfigFile, 'utf8')
  } catch (thrown) {
    if (file === undefined && thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return ''
    throw unreadableConfig(file ?? defaultConfigFile, thrown)
  }
}

function freezeDeep<T extends object>(value: T): Readonly<T> {
  for (const inner of Object.values(value)) if (typeof inner === 'object' && inner !== null) freezeDeep(inner)
  return Object.freeze(value)
}
