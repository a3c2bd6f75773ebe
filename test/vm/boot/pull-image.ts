// Pulls an official image.
import { spawn } from 'node:child_process'
import { dockerClient } from '../docker.ts'

const maxSilenceMs = 20_000

/** @returns false if no registry answers, so that the caller makes a stand-in. */
export function tryPullImage(image: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = spawn(dockerClient, ['pull', image], { stdio: ['ignore', 'pipe', 'pipe'] })
    const timer = setTimeout(() => child.kill(), maxSilenceMs)
    for (const stream of [child.stdout, child.stderr]) stream.on('data', () => timer.refresh())
    child.on('error', reject)
    child.on('close', (code) => {
      clearTimeout(timer)
      resolve(code === 0)
    })
  })
}
