// How compose is called: its plugin itself where it is found, since the way through `docker` costs some 40 ms a call.
import { accessSync, constants } from 'node:fs'
import { join } from 'node:path'

/** Where docker looks for plugins, in its order: https://github.com/docker/cli/blob/master/cli-plugins/manager */
const places = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
]

/** The program and the arguments that come first. */
export function locateCompose(home: string | undefined): [string, ...string[]] {
  const plugin = [...(home ? [join(home, '.docker/cli-plugins')] : []), ...places]
    .map((place) => join(place, 'docker-compose'))
    .find(executable)
  return plugin ? [plugin] : ['docker', 'compose']
}

function executable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
