/** A notification as each queue gets it. */
export interface Job {
  readonly key: string;
  /** A phone number. */
  readonly to: string;
  readonly text: string;
}

/** A durable queue of jobs. */
export interface JobQueue {
  /** Resolves when the job is committed. */
  add(job: Job): Promise<unknown>;
  /** Adds a batch, by one call where the queue has one. */
  addBatch(jobs: readonly Job[]): Promise<unknown>;
  /**
   * Processes everything that was added, a batch at a time; what is to be done about a job is done at once. Resolves when
   * so many are noted as done, durably.
   */
  process(count: number): Promise<void>;
  /** Resolves when PostgreSQL has everything, where that is not the same. */
  replicate?(): Promise<void>;
  close(): Promise<void>;
}

/** Jobs that are fetched, worked on and noted as done together, and added together. */
export const BATCH = 50;
