// The images of a revision: what is in stock is taken, else they are built.
import type { Room } from '../disk/disk-space.ts'
import type { Twin } from '../interfaces/deploy-store.ts'
import type { Engine, Images, Plan } from '../interfaces/engine.ts'
import type { Hand } from '../interfaces/step-context.ts'
import { short } from '../protocol/deploy-text.ts'

export interface Stock {
  engine: Engine
  /** Images that this revision was built to, so that they need not be built again. */
  known: Images | null
  /** True when they are wanted from scratch, whatever is there. */
  anew: boolean
  /** Deploys with images of the same build inputs, newest first. */
  twins(inputs: string): Twin[]
  /** Makes durable what is there now, and from which inputs where that is known. */
  built(images: Images, inputs: string | null): void
  room: Room
  /** Keeps how many bytes a build needed, for forecasts. */
  used(bytes: number): void
}

/** The images, tagged with the revision and recorded. */
export async function imagesOf(plan: Plan, revision: string, stock: Stock, hand: Hand): Promise<Images> {
  const { engine, known, anew, built, room, used } = stock
  if (known && (await engine.has(known))) {
    await engine.tag(plan, known, revision)
    hand.remark('the image is there')
    return known
  }
  const inputs = await engine.inputs(plan)
  const twin = inputs && !anew ? await there(stock, inputs.digest) : null
  if (inputs && twin) {
    await engine.tag(plan, twin.images, revision)
    built(twin.images, inputs.digest)
    hand.remark(`same sources as deploy ${twin.deploy} (${short(twin.revision)}), its image is taken`)
    return twin.images
  }
  const free = await room.free()
  const made = await engine.build(plan, revision, { anew, inputs }, hand)
  built(made.images, made.inputs)
  used(Math.max(0, free - (await room.free())))
  return made.images
}

async function there({ engine, twins }: Stock, inputs: string): Promise<Twin | null> {
  for (const twin of twins(inputs)) if (await engine.has(twin.images)) return twin
  return null
}
