/** Why it cannot be told whether a build would give an image that is there: then it is built. */
export class Unknowable extends Error {}
