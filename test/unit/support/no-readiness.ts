// Settings of a service for which the configuration says nothing about readiness.
import type { ReadinessTarget } from '../../../agent/adapters/health/readiness-request.ts'

export const noReadiness: ReadinessTarget = { ready: null, ports: null, path: null, host: null }
