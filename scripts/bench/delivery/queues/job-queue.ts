/** A notification as each queue gets it. */
export interface Job {
  readonly key: string;
  /** A phone number. */
  readonly to: string;
  readonly text: string;
}

/** How a queue is to be worked on; the same for each. */
export interface WorkSettings {
  /** Jobs that are worked on at one time. */
  readonly inHand: number;
  /** Whether jobs are fetched, and noted as done, together, as many as are in hand; else each by itself. */
  readonly inBatches: boolean;
}

/** A durable queue of jobs. */
export interface JobQueue {
  /** Resolves when the job is committed. */
  add(job: Job): Promise<unknown>;
  /** Adds several, by one call where the queue has one. */
  addBatch(jobs: readonly Job[]): Promise<unknown>;
  /** Processes what was added; what is to be done about a job is done at once. Resolves when so many are durably done. */
  process(count: number): Promise<void>;
  /** Resolves when PostgreSQL has everything, where that is not the same. */
  replicate?(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a queue in an empty database. */
export type OpenQueue = (databaseUrl: string, settings: WorkSettings) => Promise<JobQueue>;
