// Joins everything that the agent needs of Docker and compose; adapters/engine/docker-engine.ts implements it. Only
// adapters/engine names this type: every other function takes the smallest part that it uses.
import type { AddressHolder } from './address-holder.ts'
import type { ContainerObserver } from './container-observer.ts'
import type { Containers } from './containers.ts'
import type { EngineConnector } from './engine-connector.ts'
import type { Images } from './images.ts'
import type { Planner } from './planner.ts'
import type { Stack } from './stack.ts'

export type Engine = Images & Stack & Planner & Containers & ContainerObserver & AddressHolder & EngineConnector
