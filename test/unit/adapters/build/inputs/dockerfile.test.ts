import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BuildSite, siteDockerfile } from '../../../support/build-site.ts'

describe('the inputs of a Dockerfile', () => {
  for (const line of [
    'ADD https://example.org/x /',
    'ADD git@example.org:x.git /',
    'ADD github.com/example/x /',
    'ADD $SOURCE /',
    'ADD --unpack=true x /',
    'RUN --mount=type=secret,id=x cat /run/secrets/x',
    'RUN --mount=type=ssh git fetch',
    'RUN --mount=from=node:27,target=/x make',
    'RUN --security=insecure make',
    'COPY --from=deno:1 /x /',
    'COPY --from=$OTHER /x /',
    'FROM --platform=linux/arm64 node:26',
    `FROM \${BASE:-node}:26`,
    'ARG A=1\nARG A=2\nFROM node:26',
    'ARG A\nFROM $A:26',
    `FROM \${TARGETARCH}/node:26`,
    'RUN <<END\nmake\nEND',
    'RUN make \\\n  copy x y',
    'RUN echo \\\\\nADD https://example.org/x /',
    'ONBUILD COPY . /',
    'INCLUDE other',
    '# escape=`',
    '# syntax=example.org/frontend',
  ])
    it(`cannot be verified with ${line.replaceAll('\n', ' | ')}`, async () => {
      const site = new BuildSite()
      site.write({ Dockerfile: dockerfileWith(line) })
      assert.equal(await site.readInputs(), null)
    })
})

describe('the inputs of a Dockerfile', () => {
  for (const line of [
    '# syntax=docker/dockerfile:1.7',
    'ARG KIND="node"\nFROM $KIND:26',
    'RUN --mount=type=cache,target=/root/.npm --mount=type=tmpfs,target=/t --mount=source=.,target=/s npm ci',
    'COPY --chown=1:1 --chmod=755 ["server/a b", "/"]',
    'COPY --from=0 /x /',
    'ADD --chown=1:1 server/x.tar.gz /',
    'RUN apk add \\\n  # what it needs\n  make\n\nHEALTHCHECK --interval=5s CMD true',
  ])
    it(`are verified with ${line.replaceAll('\n', ' | ')}`, async () => {
      const site = new BuildSite()
      site.write({ Dockerfile: dockerfileWith(line) })
      assert.ok(await site.readInputs())
    })
})

/** Adds a line to the site's Dockerfile. A directive comes first; lines that begin with ARG replace the whole text. */
function dockerfileWith(line: string): string {
  if (line.startsWith('ARG')) return line
  return line.startsWith('#') ? `${line}\n${siteDockerfile}` : `${siteDockerfile}${line}\n`
}
