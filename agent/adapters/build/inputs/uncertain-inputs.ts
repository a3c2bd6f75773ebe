/** Why something of a build cannot be told for sure: then compose builds. */
export class Unknowable extends Error {}
