// Describes a compose project with the pushes that it goes through.

/** Texts of files by path. */
export type Tree = Record<string, string>

/** Changes of files by path: a new text, null for a removal, or pairs of an old and a new part of the text. */
export type TreeEdit = Record<string, string | null | [old: string, replacement: string][]>

export const pushNames = ['code', 'configuration', 'both', 'services', 'failing'] as const
export type PushName = (typeof pushNames)[number]

export interface Project extends Record<PushName, TreeEdit> {
  name: string
  /** The project in a few words, and the compose features that it is about. */
  description: string
  /** Languages of its programs. */
  languages: string
  /** Files of the first push. */
  files: Tree
  /** Shell script that an administrator runs in the folder of the project before the first push. */
  setUp?: string
  /** Shell script that stands for users: it adds data after the first push. */
  addData?: string
  /** Shell script; its output must be the same on both servers after each push. */
  ask: string
  /** Further lines of the agent's configuration. */
  settings?: string
  /** Options of `docker compose` that a person types for this project. */
  options?: string
  /**
   * Pushes after which plain compose needs --force-recreate, since it does not see a changed secret, config or mounted
   * file. The rollback, which takes the push `services` back, needs it if that push does.
   */
  forced?: readonly PushName[]
}

export function applyEdit(tree: Tree, edit: TreeEdit): Tree {
  const result = { ...tree }
  for (const [path, change] of Object.entries(edit)) {
    if (change === null) delete result[path]
    else if (typeof change === 'string') result[path] = change
    else result[path] = change.reduce((text, parts) => replacePart(path, text, parts), result[path] ?? '')
  }
  return result
}

function replacePart(path: string, text: string, [old, replacement]: [string, string]): string {
  if (!text.includes(old)) throw new Error(`${path} does not contain: ${old}`)
  return text.replaceAll(old, () => replacement)
}
