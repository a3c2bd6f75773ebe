/** Thrown if the inputs of a build cannot be verified, or the engine cannot be given them: compose must build. */
export class UncertainInputs extends Error {}
