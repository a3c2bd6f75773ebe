// Connects to the engine, and notices that the engine went away while a step runs.

/** An open event stream to the engine; it ends when the engine goes away. */
export interface EngineConnection extends Disposable {
  /** True if the stream has ended; does not ask the engine. */
  readonly ended: boolean
  /** True if the stream has ended or the engine does not answer now. */
  isLost(): Promise<boolean>
}

export interface EngineConnector {
  /** Waits until the engine answers, at most until the signal aborts. */
  connect(signal: AbortSignal): Promise<EngineConnection>
  /** The directory in which the engine keeps its data. */
  dataDirectory(): Promise<string | null>
}
