import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { formatRows, sentenceRows } from '../../../../client/text/labelled-rows.ts'
import { plainLayout } from '../../../../client/text/layout.ts'

describe('the rows of a message', () => {
  const format = (text: string, columns: number) => {
    const layout = { ...plainLayout, columns }
    return formatRows(layout, sentenceRows('docker', text, layout))
  }

  it('are one for each sentence', () => {
    assert.deepEqual(format('Docker is away. Look: docker info', 80), [
      'docker    Docker is away.',
      '          Look: docker info',
    ])
  })

  it('continue a long command in the next row, so that a shell reads it whole', () => {
    const command =
      'sudo install -D /root/.docker/cli-plugins/docker-compose /usr/local/lib/docker/cli-plugins/docker-compose'
    assert.deepEqual(format(`It is missing. Install it: ${command}`, 80), [
      'docker    It is missing.',
      '          Install it:',
      '          sudo install -D /root/.docker/cli-plugins/docker-compose \\',
      '          /usr/local/lib/docker/cli-plugins/docker-compose',
    ])
  })
})
