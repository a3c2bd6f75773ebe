/** Why something of a build cannot be told for sure: then compose builds. */
export class UncertainInputs extends Error {}
